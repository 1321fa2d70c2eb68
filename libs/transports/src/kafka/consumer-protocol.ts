import { randomUUID } from 'node:crypto';
import { GroupRefusal } from './group-link.js';
import type { GroupProtocol } from './group-protocol.js';
import type { Link } from './link.js';
import { consumerGroupHeartbeat, ErrorCode } from './protocol.js';

/** How long the coordinator lets a member take to give lanes back before it counts it out. */
export const GIVE_BACK_MS_MAX = 60_000;
/** By which a member says goodbye. */
export const LEAVE_EPOCH = -1;

/** KIP-848: the broker assigns, and each heartbeat carries what a member has and is to have. */
export class ConsumerProtocol implements GroupProtocol {
  readonly #group: string;
  readonly #topic: string;
  /** The topic's id now; another one once it was deleted and made again. */
  readonly #topicId: () => string | undefined;
  #id = randomUUID();
  #epoch = 0;
  #assigned: ReadonlySet<number> | undefined;

  constructor(group: string, topic: string, topicId: () => string | undefined) {
    this.#group = group;
    this.#topic = topic;
    this.#topicId = topicId;
  }

  get member(): { id: string; epoch: number } | undefined {
    return this.#epoch > 0 ? { id: this.#id, epoch: this.#epoch } : undefined;
  }

  async beat(link: Link, held: ReadonlySet<number>): Promise<ReadonlySet<number> | undefined> {
    const topicId = this.#topicId();
    if (topicId === undefined) throw new GroupRefusal(ErrorCode.unknownTopic);
    const owned = held.size === 0 || this.#epoch === 0 ? [] : [{ topicId, partitions: [...held] }];
    const answer = await this.#ask(link, this.#epoch, GIVE_BACK_MS_MAX, [this.#topic], owned);
    this.#epoch = answer.memberEpoch;
    if (!answer.assignment) return undefined;
    const lanes = new Set(answer.assignment.topicPartitions.find((one) => one.topicId === topicId)?.partitions);
    // It is told at every heartbeat.
    if (this.#assigned && lanes.size === this.#assigned.size && lanes.isSubsetOf(this.#assigned)) return undefined;
    return (this.#assigned = lanes);
  }

  async leave(link: Link): Promise<void> {
    const epoch = this.#epoch;
    this.forget();
    if (epoch > 0) await this.#ask(link, LEAVE_EPOCH, -1, null, null);
    this.#id = randomUUID();
  }

  forget(): void {
    this.#epoch = 0;
    this.#assigned = undefined;
  }

  async #ask(
    link: Link,
    epoch: number,
    giveBackMs: number,
    topics: string[] | null,
    owned: { topicId: string; partitions: number[] }[] | null,
  ) {
    const answer = await link.ask(consumerGroupHeartbeat, [
      this.#group,
      this.#id,
      epoch,
      null,
      null,
      giveBackMs,
      topics,
      null,
      null,
      owned,
    ]);
    if (answer.errorCode !== ErrorCode.none) throw new GroupRefusal(answer.errorCode);
    return answer;
  }
}
