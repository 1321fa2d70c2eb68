import { pause } from '../pause.js';
import type { Cluster } from './cluster.js';
import type { GroupLink } from './group-link.js';
import type { Identity } from './group-protocol.js';
import { ErrorCode, errorName, offsetCommit } from './protocol.js';
import { committedOffsets } from './committed-offsets.js';

/** Between two commits, so that many small batches share one. */
const GAP_MS = 10;
const AGAIN_MS = 100;

export interface SettlementsParts {
  readonly cluster: Cluster;
  readonly group: string;
  readonly topic: string;
  readonly coordinator: GroupLink;
  /** As whom to commit; undefined while this process is no member of the group. */
  readonly identity: () => Identity | undefined;
}

interface Settled {
  readonly offset: bigint;
  /** In which membership. What was settled in an earlier one is committed by nobody: its lane may be another's. */
  readonly term: number;
}

/** How far each lane is settled, and that the group knows it: one commit at a time, of all lanes that have gone on. */
export class Settlements {
  readonly #parts: SettlementsParts;
  readonly #open = new Map<number, Settled>();
  #committing: Promise<void> | undefined;
  #flushed: (() => void)[] = [];
  #hurry: () => void = () => undefined;

  constructor(parts: SettlementsParts) {
    this.#parts = parts;
  }

  /** All before that offset is settled, by the member that this process is now. */
  settle(lane: number, offset: bigint): void {
    const identity = this.#parts.identity();
    if (!identity) return;
    this.#open.set(lane, { offset, term: identity.term });
    this.#begin();
  }

  /** Resolves when the group knows all that is settled of the lane, or will never know it. */
  async flush(lane: number): Promise<void> {
    this.#hurry();
    while (this.#open.has(lane) && this.#committing) await new Promise<void>((resolve) => this.#flushed.push(resolve));
  }

  /** Where the lane goes on: what the group knows; undefined where nothing was ever settled, or the signal aborts. */
  async settledUpTo(lane: number, signal: AbortSignal): Promise<bigint | undefined> {
    const { coordinator, cluster, group, topic } = this.#parts;
    while (!signal.aborted) {
      try {
        const offsets = await committedOffsets(await coordinator.reach(cluster.closing), group, topic, [lane]);
        return offsets.get(lane);
      } catch {
        coordinator.suspect();
        await pause(AGAIN_MS, signal);
      }
    }
    return undefined;
  }

  #begin(): void {
    this.#committing ??= this.#commitAll().finally(() => {
      this.#committing = undefined;
      // What was settled while the last round ended.
      if (this.#open.size > 0 && !this.#parts.cluster.closing.aborted) this.#begin();
    });
  }

  async #commitAll(): Promise<void> {
    const { cluster } = this.#parts;
    while (this.#open.size > 0 && !cluster.closing.aborted) {
      this.#dropForeign();
      const done = this.#open.size > 0 && (await this.#commit());
      const waiting = this.#flushed;
      this.#flushed = [];
      for (const resolve of waiting) resolve();
      const rest = new AbortController();
      if (done) this.#hurry = () => rest.abort();
      if (!done && this.#open.size > 0) await pause(AGAIN_MS, cluster.closing);
      else if (this.#open.size > 0 || waiting.length === 0) await pause(GAP_MS, rest.signal);
    }
    for (const resolve of this.#flushed.splice(0)) resolve();
  }

  #dropForeign(): void {
    const term = this.#parts.identity()?.term;
    for (const [lane, settled] of this.#open) if (settled.term !== term) this.#open.delete(lane);
  }

  /** True when the group knows. */
  async #commit(): Promise<boolean> {
    const { coordinator, group, topic, identity, cluster } = this.#parts;
    const settled = new Map(this.#open);
    const member = identity();
    if (!member) return false;
    const partitions = [...settled].map(([partitionIndex, { offset }]) => ({
      partitionIndex,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: '',
    }));
    try {
      const link = await coordinator.reach(cluster.closing);
      const answer = await link.ask(offsetCommit, [
        group,
        member.epoch,
        member.id,
        null,
        [{ name: topic, partitions }],
      ]);
      return this.#noteCommitted(settled, answer.topics[0]?.partitions ?? []);
    } catch {
      coordinator.suspect();
      return false;
    }
  }

  #noteCommitted(
    settled: ReadonlyMap<number, Settled>,
    answers: readonly { readonly partitionIndex: number; readonly errorCode: number }[],
  ): boolean {
    let done = true;
    for (const { partitionIndex: lane, errorCode } of answers) {
      if (errorCode === ErrorCode.none) {
        if (this.#open.get(lane) === settled.get(lane)) this.#open.delete(lane);
        continue;
      }
      done = false;
      if (MOVED.has(errorCode)) this.#parts.coordinator.suspect(errorName(errorCode));
    }
    return done && answers.length > 0;
  }
}

/** The coordinator is elsewhere. */
const MOVED: ReadonlySet<number> = new Set([ErrorCode.notCoordinator, ErrorCode.coordinatorNotAvailable]);
