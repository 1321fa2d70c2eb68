import type { ConsumeOptions, OnBatch } from '#messaging';
import { LaneHold, type LaneItem } from '../lane-hold.js';
import { LanePump, type LaneIntake } from '../lane-pump.js';
import type { Cluster } from './cluster.js';
import { deliveryOf } from './message.js';
import { PartitionReader } from './partition-reader.js';
import { EARLIEST } from './protocol.js';
import type { ReadRange } from './records.js';
import type { Settlements } from './settlements.js';
import type { Topology } from './topology.js';

/** Assumed of a record until the first have come. */
const RECORD_BYTES_ASSUMED = 2_048;
const READ_BYTES_MIN = 16 * 1024;
const READ_BYTES_MAX = 1024 ** 2;

export interface LaneParts {
  readonly cluster: Cluster;
  readonly topology: Topology;
  readonly lane: number;
  readonly options: ConsumeOptions;
  readonly onBatch: OnBatch;
  readonly ownership: number;
  readonly settlements: Settlements;
  /** What keeps the lane from being read, or that nothing does. */
  readonly onFailure: (reason: string | undefined) => void;
}

interface KafkaItem extends LaneItem {
  /** Where the lane goes on when this is settled: past what follows it and is no command, too. */
  nextOffset: bigint;
}

/** One taking-over of a lane: reads its partition from what was settled on, and hands it over. */
export class LaneSession implements LaneIntake<KafkaItem> {
  readonly more = false;
  running = 0;
  readonly #parts: LaneParts;
  readonly #hold: LaneHold<KafkaItem>;
  readonly #pump: LanePump<KafkaItem>;
  readonly #taking = new AbortController();
  readonly #lost = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #roomNow: () => void = () => undefined;
  /** The last that was read and is not settled. */
  #last: KafkaItem | undefined;
  #recordBytes = RECORD_BYTES_ASSUMED;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#hold = new LaneHold(parts.options);
    const { lane, onBatch, ownership } = parts;
    const takeover = { ownership, taking: this.#taking.signal, lost: this.#lost.signal };
    const advance = (items: readonly KafkaItem[]) => this.#advance(items);
    this.#pump = new LanePump({ lane, intake: this, onBatch, takeover, advance });
    this.#running = this.#pump.run();
    void this.#read();
  }

  /** Resolves when the lane is given back or lost: from then on this session advances nothing. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Resolves when, besides, no batch of it runs any more. */
  get settled(): Promise<void> {
    return this.gone.then(() => this.#running);
  }

  get full(): boolean {
    return this.#hold.full;
  }

  get leftMs(): number | undefined {
    return this.#hold.leftMs;
  }

  async fill(): Promise<void> {
    this.#roomNow();
  }

  take(): KafkaItem[] {
    return this.#hold.take();
  }

  /** Starts no more batches; gone when the running one has ended and what it settled is committed. Idempotent. */
  release(): void {
    if (this.#taking.signal.aborted) return;
    this.#stopTaking();
    void this.#goWhenSettled();
  }

  /** Gives the lane up at once, whatever runs. */
  abandon(): void {
    this.#lost.abort();
    this.#stopTaking();
    this.#gone.resolve();
  }

  #stopTaking(): void {
    this.#taking.abort();
    this.#hold.clear();
    this.#roomNow();
    this.#pump.wake();
  }

  async #goWhenSettled(): Promise<void> {
    await this.#running;
    if (!this.#lost.signal.aborted) await Promise.race([this.#parts.settlements.flush(this.#parts.lane), this.gone]);
    this.abandon();
  }

  async #read(): Promise<void> {
    const { cluster, topology, lane, settlements, onFailure } = this.#parts;
    const { signal } = this.#taking;
    const from = await settlements.settledUpTo(lane, signal);
    if (signal.aborted) return;
    const purpose = `lane-${lane}`;
    const room = () => this.#room();
    const onRange = (range: ReadRange) => this.#add(range);
    const parts = { cluster, topic: topology.commands, partition: lane, purpose, signal, room, onRange, onFailure };
    await new PartitionReader(parts, from ?? EARLIEST).run();
  }

  get #free(): number {
    const { prefetch, batchBytesMax } = this.#parts.options;
    // While a batch runs, the bytes of one more are enough to start the next without waiting.
    return this.#hold.bytes >= batchBytesMax ? 0 : prefetch - this.#hold.count - this.running;
  }

  async #room(): Promise<number> {
    while (this.#free <= 0 && !this.#taking.signal.aborted) {
      await new Promise<void>((resolve) => (this.#roomNow = resolve));
    }
    const bytes = Math.ceil(this.#free * this.#recordBytes);
    return Math.min(READ_BYTES_MAX, Math.max(READ_BYTES_MIN, bytes));
  }

  /** Takes as many as there is room for: the others are read again when their turn comes. */
  #add({ records, nextOffset }: ReadRange): bigint {
    if (this.#taking.signal.aborted) return nextOffset;
    const taken = records.slice(0, Math.max(0, this.#free));
    const first = records[taken.length];
    const end = first === undefined ? nextOffset : first.offset;
    for (const [index, record] of taken.entries()) {
      const after = index === taken.length - 1 ? end : record.offset + 1n;
      const bytes = record.body?.byteLength ?? 0;
      this.#last = { delivery: deliveryOf(record, this.#parts.lane), bytes, nextOffset: after };
      this.#hold.add(this.#last);
    }
    if (records.length === 0) this.#skip(nextOffset);
    else this.#recordBytes = meanBytes(records) + RECORD_BYTES_ASSUMED / 4;
    this.#pump.wake();
    return end;
  }

  /** There was nothing to hand over up to there. */
  #skip(nextOffset: bigint): void {
    if (this.#last) this.#last.nextOffset = nextOffset;
    else this.#parts.settlements.settle(this.#parts.lane, nextOffset);
  }

  #advance(items: readonly KafkaItem[]): void {
    const last = items.at(-1);
    if (!last) return;
    if (this.#last === last) this.#last = undefined;
    this.#parts.settlements.settle(this.#parts.lane, last.nextOffset);
  }
}

function meanBytes(records: ReadRange['records']): number {
  return records.reduce((sum, { body }) => sum + (body?.byteLength ?? 0), 0) / records.length;
}
