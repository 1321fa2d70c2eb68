import {
  HealthSignal,
  PublishError,
  TransportError,
  type Backlog,
  type ConsumeOptions,
  type Consumer,
  type Envelope,
  type Guarantees,
  type OnBatch,
  type Receipt,
  type Transport,
} from '#messaging';
import { assertPrefetch } from '../call-checks.js';
import { Spool, type SpoolOptions } from '#spool';
import { NoticeBoard } from '../notice-board.js';
import { spoolMessageBytesMax } from '../spool-settings.js';
import { InProcessConsumer } from './in-process-consumer.js';

/** What the spool has for its flush when the batches used up the deadline: without it they would be read again. */
const FLUSH_MS_LEAST = 1_000;

const RECEIPT: Receipt = Object.freeze({ durability: 'disk' });

/** Gateway and persistence in one process, and the spool between them: as durable as the disk, without a broker. */
export class InProcessTransport implements Transport {
  readonly name = 'in-process';
  readonly guarantees: Guarantees;
  readonly health = new HealthSignal();
  readonly #options: SpoolOptions;
  readonly #notices = new NoticeBoard();
  #opening: Promise<Spool> | undefined;
  #spool: Spool | undefined;
  #consumer: InProcessConsumer | undefined;
  #ownership = 0;
  #closing: Promise<void> | undefined;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.guarantees = Object.freeze({
      durability: 'disk',
      ordering: 'per-gateway',
      messageBytesMax: spoolMessageBytesMax(options.bytesMax),
      publishers: 'one',
      consumers: 'one',
    });
  }

  async open(): Promise<void> {
    if (this.#closing) throw new TransportError('The transport was closed. Make another one.');
    await (this.#opening ??= this.#open());
  }

  async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    if (this.#closing) throw new PublishError('not-stored', 'closed', 'The transport is closed.');
    if (!this.#spool) throw new PublishError('not-stored', 'unavailable', 'The transport is not open yet.');
    if (envelope.body.byteLength > this.guarantees.messageBytesMax) {
      const message = `A body of ${envelope.body.byteLength} bytes is larger than ${this.guarantees.messageBytesMax}.`;
      throw new PublishError('not-stored', 'too-large', message, { setting: 'SPOOL_BYTES_MAX' });
    }
    await this.#spool.append(envelope, deadlineMs);
    return RECEIPT;
  }

  async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    const spool = this.#opened();
    if (this.#consumer) throw new TransportError('This process consumes already. Stop that consumer first.');
    assertPrefetch(options);
    const consumer = new InProcessConsumer(spool, this.#options.lanes, options, onBatch, () => ++this.#ownership);
    this.#consumer = consumer;
    void consumer.stopped.then(() => {
      if (this.#consumer === consumer) this.#consumer = undefined;
    });
    return consumer;
  }

  notify(notice: Uint8Array): void {
    if (!this.#closing) this.#notices.notify(notice);
  }

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    return this.#notices.listen(onNotice);
  }

  async backlog(): Promise<Backlog> {
    const { count, bytes, oldestAtMs, lanes } = await this.#opened().standing();
    return {
      count: { value: count, exact: true },
      bytes: { value: bytes, exact: true },
      oldestAtMs: { value: oldestAtMs, exact: true },
      lanes,
      countMax: this.#options.countMax,
      bytesMax: this.#options.bytesMax,
    };
  }

  close(deadlineMs: number): Promise<void> {
    return (this.#closing ??= this.#close(deadlineMs));
  }

  async #open(): Promise<Spool> {
    try {
      const spool = await Spool.open(this.#options);
      this.#spool = spool;
      this.health.set(spool.health.state);
      spool.health.watch((state) => this.health.set(state));
      return spool;
    } catch (error) {
      this.#opening = undefined;
      this.health.set({ status: 'down', reason: (error as Error).message });
      throw error;
    }
  }

  async #close(deadlineMs: number): Promise<void> {
    const deadlineAtMs = performance.now() + deadlineMs;
    // A spool that could not be opened has told so to whoever opened it, and leaves nothing to close.
    const spool = await this.#opening?.catch(() => undefined);
    await this.#consumer?.stop(deadlineMs);
    await spool?.close(Math.max(deadlineAtMs - performance.now(), FLUSH_MS_LEAST));
    this.#notices.clear();
    this.health.set({ status: 'down', reason: 'Closed.' });
  }

  #opened(): Spool {
    if (this.#closing) throw new TransportError('The transport is closed.');
    if (!this.#spool) throw new TransportError('The transport is not open yet. Await open() first.');
    return this.#spool;
  }
}
