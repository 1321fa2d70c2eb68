import { pause } from '../pause.js';
import type { Cluster } from './cluster.js';
import { committedOffsets } from './committed-offsets.js';
import type { GroupLink } from './group-link.js';
import { deleteRecords, ErrorCode, errorName } from './protocol.js';
import type { Topology } from './topology.js';

/** Between two rounds. Disk is freed by whole segments, so sooner would free no more. */
const ROUND_MS = 30_000;
const ANSWER_MS = 10_000;

export interface TrimmerParts {
  readonly cluster: Cluster;
  readonly topology: Topology;
  readonly coordinator: GroupLink;
  /** The lanes of this process: each lane is trimmed by whoever has it. */
  readonly lanes: () => readonly number[];
  /** What keeps it from it, or that nothing does. */
  readonly onFailure: (reason: string | undefined) => void;
}

/** Lets the brokers delete what was advanced past: nothing else ever does, since the log is kept for ever. */
export class Trimmer {
  readonly #parts: TrimmerParts;
  readonly #trimmed = new Map<number, bigint>();

  constructor(parts: TrimmerParts) {
    this.#parts = parts;
  }

  /** Round after round, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { onFailure } = this.#parts;
    while (!signal.aborted) {
      await pause(ROUND_MS, signal);
      if (signal.aborted) return;
      await this.trim().then(
        () => onFailure(undefined),
        (error: unknown) => onFailure((error as Error).message),
      );
    }
  }

  /** One round. Rejects where a broker does not delete. */
  async trim(): Promise<void> {
    const { cluster, topology, coordinator, lanes } = this.#parts;
    const owned = lanes();
    if (owned.length === 0 || !cluster.isUp) return;
    const link = await coordinator.reach(cluster.closing);
    const committed = await committedOffsets(link, topology.group, topology.commands, owned);
    const due = [...committed].filter(([lane, offset]) => offset > (this.#trimmed.get(lane) ?? 0n));
    const byLeader = Map.groupBy(due, ([lane]) => cluster.leaderOf(topology.commands, lane));
    for (const [leader, ofLeader] of byLeader) {
      if (leader !== undefined) await this.#trimAt(leader, ofLeader);
    }
  }

  async #trimAt(leader: number, due: readonly (readonly [lane: number, offset: bigint])[]): Promise<void> {
    const { cluster, topology } = this.#parts;
    const partitions = due.map(([partitionIndex, offset]) => ({ partitionIndex, offset }));
    const link = await cluster.to(leader);
    const answer = await link.ask(deleteRecords, [[{ name: topology.commands, partitions }], ANSWER_MS], 2 * ANSWER_MS);
    for (const { partitionIndex, errorCode } of answer.topics[0]?.partitions ?? []) {
      if (errorCode !== ErrorCode.none) {
        throw new Error(`consumed commands stay in ${topology.commands}: ${errorName(errorCode)}`);
      }
      const offset = due.find(([lane]) => lane === partitionIndex)?.[1];
      if (offset !== undefined) this.#trimmed.set(partitionIndex, offset);
    }
  }
}
