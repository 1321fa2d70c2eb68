import type { MessageRecord } from '@platformatic/kafka';
import type { PendingPublish } from '../pending-publish.js';
import { recordBytes, recordOf } from './message.js';
import type { Producer } from './producers.js';

/** Little, so that whoever needs only its first record need not read much. */
const BATCH_BYTES_MAX = 256 * 1024;
/** Before a number of records no longer fits into its field. */
const SEQUENCE_MAX = 2 ** 30;

/** What is sent to one lane at once, and again as the same until the broker has answered. */
export interface LaneBatch {
  readonly lane: number;
  readonly producer: Producer;
  /** The number of its first record. */
  readonly sequence: number;
  readonly pending: readonly PendingPublish[];
  readonly records: readonly MessageRecord[];
  /** Of its bodies. */
  readonly bytes: number;
}

/** What waits for one lane, in the order of the calls, and the one batch of it that is under way. */
export class LaneOutbox {
  readonly lane: number;
  readonly waiting = new Set<PendingPublish>();
  /** Under way, or to be sent again. */
  batch: LaneBatch | undefined;
  isSending = false;
  /** Whether the broker may have the batch although nobody has heard so. */
  maybeStored = false;
  readonly #topic: string;
  #producer: Producer | undefined;
  #sequence = 0;

  constructor(topic: string, lane: number) {
    this.#topic = topic;
    this.lane = lane;
  }

  get hasWork(): boolean {
    return !this.isSending && (this.batch !== undefined || this.waiting.size > 0);
  }

  /** Under which producer its next batch must go; undefined where any one will do. */
  get producer(): Producer | undefined {
    return this.batch?.producer ?? this.#producer;
  }

  /** The batch to be sent: the same as before where the broker may have it, else of what waits. */
  next(producer: Producer, room: { readonly count: number; readonly bytes: number }): LaneBatch | undefined {
    if (this.batch) return this.batch;
    if (this.#producer !== producer || this.#sequence > SEQUENCE_MAX) {
      this.#producer = producer;
      this.#sequence = 0;
    }
    const pending: PendingPublish[] = [];
    const records: MessageRecord[] = [];
    let bytes = 0;
    let recordsBytes = 0;
    for (const one of this.waiting) {
      const record = recordOf(one.envelope, this.#topic);
      recordsBytes += recordBytes(record);
      if (pending.length >= room.count || (pending.length > 0 && recordsBytes > BATCH_BYTES_MAX)) break;
      if (pending.length > 0 && bytes + one.bytes > room.bytes) break;
      pending.push(one);
      records.push(record);
      bytes += one.bytes;
    }
    if (pending.length === 0) return undefined;
    for (const one of pending) this.waiting.delete(one);
    return (this.batch = { lane: this.lane, producer, sequence: this.#sequence, pending, records, bytes });
  }

  /** The broker has it: the next one's numbers follow. */
  stored(): void {
    this.#sequence += this.batch?.records.length ?? 0;
    this.#done();
  }

  /** The broker has never had it: the next one has its number. */
  dropped(): void {
    this.#done();
  }

  /** Nobody knows whether the broker has it, so that no number fits but under another producer. */
  givenUp(): void {
    this.#producer = undefined;
    this.#done();
  }

  /** The broker has never had it: it is made anew of those who still want it. */
  again(): void {
    const { batch } = this;
    if (!batch || this.maybeStored) return;
    const later = [...this.waiting];
    this.waiting.clear();
    for (const one of [...batch.pending.filter(({ settled }) => !settled), ...later]) this.waiting.add(one);
    this.#done();
  }

  /** As `again`, since its number does not fit: the next one goes under another producer. */
  underAnother(): void {
    this.#producer = undefined;
    this.again();
  }

  #done(): void {
    this.batch = undefined;
    this.maybeStored = false;
  }
}
