import {
  decodeConsumerProtocolAssignment,
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolAssignment,
  encodeConsumerProtocolSubscription,
} from '@platformatic/kafka';
import { GIVE_BACK_MS_MAX } from './consumer-protocol.js';
import { GroupRefusal } from './group-link.js';
import type { GroupProtocol } from './group-protocol.js';
import { assignLanes } from './lane-assignment.js';
import type { Link } from './link.js';
import { ErrorCode, heartbeat, joinGroup, leaveGroup, syncGroup } from './protocol.js';

type Joined = Awaited<ReturnType<typeof joinGroup.async>>;

/** What the members of the group speak among themselves. */
const PROTOCOL_TYPE = 'consumer';
const PROTOCOL_NAME = 'sluice-cooperative';
/** With owned partitions and a generation in it. */
const VERSION = 2;

export interface ClassicParts {
  readonly group: string;
  readonly topic: string;
  readonly lanes: number;
  readonly sessionMs: number;
  /** Beyond what the coordinator may take by itself. */
  readonly answerMs: number;
}

/** The older protocol: one of the members assigns. Lanes are handed over cooperatively: first given back, then given. */
export class ClassicProtocol implements GroupProtocol {
  readonly #parts: ClassicParts;
  #id = '';
  #generation = -1;
  #assigned: ReadonlySet<number> = new Set();
  /** It has lanes that it is to give back: when it has, all join again, and another gets them. */
  #givesBack = false;

  constructor(parts: ClassicParts) {
    this.#parts = parts;
  }

  get member(): { id: string; epoch: number } | undefined {
    return this.#generation >= 0 ? { id: this.#id, epoch: this.#generation } : undefined;
  }

  async beat(link: Link, held: ReadonlySet<number>): Promise<ReadonlySet<number> | undefined> {
    if (this.#generation < 0) return this.#join(link, held);
    if (this.#givesBack && held.isSubsetOf(this.#assigned)) return this.#join(link, held);
    const { errorCode } = await link.ask(heartbeat, [this.#parts.group, this.#generation, this.#id, null]);
    if (errorCode === ErrorCode.rebalanceInProgress) return this.#join(link, held);
    if (errorCode !== ErrorCode.none) throw new GroupRefusal(errorCode);
    return undefined;
  }

  async leave(link: Link): Promise<void> {
    const id = this.#id;
    this.forget();
    if (id !== '') await link.ask(leaveGroup, [this.#parts.group, [{ memberId: id }]]);
  }

  forget(): void {
    this.#id = '';
    this.#generation = -1;
    this.#assigned = new Set();
    this.#givesBack = false;
  }

  async #join(link: Link, held: ReadonlySet<number>): Promise<ReadonlySet<number>> {
    const joined = await this.#askToJoin(link, held);
    const { group } = this.#parts;
    const isLeader = joined.leader === joined.memberId;
    const assignments = isLeader ? this.#assign(joined) : [];
    const { generationId, memberId } = joined;
    const args = [group, generationId, memberId, null, PROTOCOL_TYPE, joined.protocolName, assignments] as const;
    const { errorCode, assignment } = await link.ask(syncGroup, [...args], this.#patienceMs);
    // Others have come or gone meanwhile: all join again.
    if (errorCode === ErrorCode.rebalanceInProgress) return this.#join(link, held);
    if (errorCode !== ErrorCode.none) throw new GroupRefusal(errorCode);
    this.#generation = generationId;
    const { assignedPartitions } = decodeConsumerProtocolAssignment(assignment);
    this.#assigned = new Set(assignedPartitions.find(({ topic }) => topic === this.#parts.topic)?.partitions);
    this.#givesBack = !held.isSubsetOf(this.#assigned);
    return this.#assigned;
  }

  async #askToJoin(link: Link, held: ReadonlySet<number>): Promise<Joined> {
    const { group, topic, sessionMs } = this.#parts;
    const metadata = encodeConsumerProtocolSubscription({
      version: VERSION,
      topics: [topic],
      ownedPartitions: [{ topic, partitions: [...held] }],
      generationId: this.#generation,
    });
    for (;;) {
      const protocols = [{ name: PROTOCOL_NAME, metadata }];
      const answer = await link.ask(
        joinGroup,
        [group, sessionMs, GIVE_BACK_MS_MAX, this.#id, null, PROTOCOL_TYPE, protocols, ''],
        this.#patienceMs,
      );
      if (answer.errorCode === ErrorCode.none) {
        this.#id = answer.memberId;
        return answer;
      }
      if (answer.errorCode !== ErrorCode.memberIdRequired) throw new GroupRefusal(answer.errorCode);
      this.#id = answer.memberId;
    }
  }

  #assign({ members }: Joined): { memberId: string; assignment: Buffer }[] {
    const { topic, lanes } = this.#parts;
    const claims = members.map(({ memberId, metadata }) => {
      const { ownedPartitions, generationId } = decodeConsumerProtocolSubscription(metadata);
      const owned = ownedPartitions.find((one) => one.topic === topic)?.partitions ?? [];
      return { member: memberId, owned, generation: generationId };
    });
    return [...assignLanes(lanes, claims)].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeConsumerProtocolAssignment({
        version: VERSION,
        assignedPartitions: partitions.length === 0 ? [] : [{ topic, partitions }],
      }),
    }));
  }

  /** The coordinator answers a join when all have joined, or are counted out. */
  get #patienceMs(): number {
    return GIVE_BACK_MS_MAX + this.#parts.sessionMs + this.#parts.answerMs;
  }
}
