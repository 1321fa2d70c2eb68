import { NumericMap, type MessageRecord } from '@platformatic/kafka';
import type { Cluster } from './cluster.js';
import type { LaneBatch } from './lane-outbox.js';
import type { Link } from './link.js';
import { ACKS_ALL, produce } from './protocol.js';

/** The broker's answer for one batch. */
export interface Answer {
  readonly code: number;
  readonly message: string;
  /** Where its first record stands, if it was stored just now. */
  readonly offset: bigint;
}

/** Brings batches to one broker, one request at a time. */
export class Courier {
  readonly #cluster: Cluster;
  readonly #node: number;
  readonly #topic: string;
  readonly #replicationMs: number;
  #link: Link | undefined;
  #reaching: Promise<void> | undefined;
  isBusy = false;

  /** `replicationMs`: how long the broker may wait for its replicas. Less than a link waits for its answer. */
  constructor(cluster: Cluster, node: number, topic: string, replicationMs: number) {
    this.#cluster = cluster;
    this.#node = node;
    this.#topic = topic;
    this.#replicationMs = replicationMs;
  }

  /** Connects, if it is not. */
  reach(): Promise<void> {
    if (this.#link && !this.#link.isLost) return Promise.resolve();
    return (this.#reaching ??= this.#reach().finally(() => (this.#reaching = undefined)));
  }

  /** All under the same producer, of different lanes. Rejects where nobody knows what became of them. */
  async bring(batches: readonly LaneBatch[]): Promise<ReadonlyMap<number, Answer>> {
    const [first] = batches;
    if (!first || !this.#link) throw new Error('there is nothing to bring, or no way');
    const sequences = new NumericMap();
    for (const { lane, sequence } of batches) sequences.set(`${this.#topic}:${lane}`, sequence);
    const records: MessageRecord[] = [];
    for (const batch of batches) records.push(...batch.records);
    const { id: producerId, epoch: producerEpoch } = first.producer;
    const answer = await this.#link.ask(produce, [
      ACKS_ALL,
      this.#replicationMs,
      records,
      { producerId, producerEpoch, sequences },
    ]);
    if (typeof answer === 'boolean') throw new Error('the client awaited no answer');
    const [topic] = answer.responses;
    return new Map(
      topic?.partitionResponses.map(({ index, errorCode, errorMessage, baseOffset }) => [
        index,
        { code: errorCode, message: errorMessage ?? '', offset: baseOffset },
      ]),
    );
  }

  leave(reason: string): void {
    this.#link?.cut(reason);
  }

  async #reach(): Promise<void> {
    this.#link = await this.#cluster.dial(this.#node, 'publishing', this.#cluster.closing);
  }
}
