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
import type { Connection, MemoryBroker } from './memory-broker.js';
import { MemoryConsumer } from './memory-consumer.js';

export const MEMORY_GUARANTEES: Guarantees = {
  durability: 'memory',
  ordering: 'global',
  messageBytesMax: 4 * 1024 * 1024,
  publishers: 'many',
  consumers: 'many',
};

/** The reference: the smallest transport that keeps every promise of the port. Read it before you write another. */
export class MemoryTransport implements Transport, Connection {
  readonly name = 'memory';
  readonly guarantees = MEMORY_GUARANTEES;
  readonly health = new HealthSignal();
  readonly #broker: MemoryBroker;
  readonly #listeners = new Set<(notice: Uint8Array) => void>();
  #consumer: MemoryConsumer | undefined;
  #thawed: Promise<void> | undefined;
  #state: 'new' | 'open' | 'closed' = 'new';

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  async open(): Promise<void> {
    if (this.#state === 'closed') throw new TransportError('This transport is closed; make a new one.');
    if (!this.#broker.running) throw new TransportError('The memory broker does not run; start it and open again.');
    if (this.#broker.openRefusal) throw this.#broker.openRefusal;
    this.#state = 'open';
    this.#broker.connect(this);
    this.health.set({ status: 'up' });
  }

  async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    this.#assertOpen();
    const { messageBytesMax } = this.guarantees;
    if (envelope.body.byteLength > messageBytesMax) {
      const size = `${envelope.body.byteLength} bytes, more than the ${messageBytesMax} that are allowed`;
      throw new PublishError('not-stored', 'too-large', `The command ${envelope.id} has ${size}.`);
    }
    if (this.#thawed) await inTime(this.#thawed, envelope.id, deadlineMs);
    if (!this.#broker.running) {
      throw new PublishError(
        'not-stored',
        'unavailable',
        'The memory broker does not run; publish again when it does.',
      );
    }
    this.#broker.store(envelope);
    return { durability: 'memory' };
  }

  async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    this.#assertOpen();
    if (this.#consumer && !this.#consumer.stopped) {
      throw new TransportError('This transport has a consumer already; stop it first, or open another transport.');
    }
    if (options.prefetch < options.batchMax) throw new RangeError('prefetch must be at least batchMax.');
    this.#consumer = new MemoryConsumer(this.#broker, options, onBatch);
    this.#consumer.connect();
    return this.#consumer;
  }

  notify(notice: Uint8Array): void {
    if (this.#state === 'open') this.#broker.broadcast(notice.slice());
  }

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    this.#listeners.add(onNotice);
    return () => this.#listeners.delete(onNotice);
  }

  async backlog(): Promise<Backlog> {
    return this.#broker.backlog();
  }

  async close(deadlineMs: number): Promise<void> {
    this.#state = 'closed';
    await this.#consumer?.stop(this.#thawed ? 0 : deadlineMs);
    this.#broker.disconnect(this);
    this.health.set({ status: 'down', reason: 'Closed.' });
  }

  connected(): void {
    this.health.set({ status: 'up' });
    this.#consumer?.connect();
  }

  disconnected(reason: string): void {
    this.health.set({ status: 'down', reason });
    this.#consumer?.disconnect();
  }

  /** Listeners run on their own turn, so that one that throws harms neither the notifier nor the others. */
  hear(notice: Uint8Array): void {
    for (const onNotice of this.#listeners)
      void Promise.resolve(notice)
        .then(onNotice)
        .catch(() => undefined);
  }

  /** Fault: the network between this transport and its broker takes everything and gives nothing, until it is thawed. */
  freeze(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#thawed = promise;
    this.#consumer?.vanish();
    this.health.set({ status: 'down', reason: 'The broker does not answer.' });
    return () => {
      this.#thawed = undefined;
      resolve();
      if (this.#state !== 'open') return;
      this.#consumer?.disconnect();
      this.connected();
    };
  }

  /** Fault: the process ends without a word. What it had in hand goes to others. */
  kill(): void {
    this.#state = 'closed';
    this.#consumer?.vanish();
    this.#broker.disconnect(this);
  }

  #assertOpen(): void {
    if (this.#state === 'open') return;
    throw new PublishError('not-stored', 'closed', `This transport is ${this.#state}; use one that is open.`);
  }
}

async function inTime(thawed: Promise<void>, id: string, deadlineMs: number): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const message = `No answer about the command ${id} within ${deadlineMs} ms; publish it again with the same id.`;
  const timer = setTimeout(() => reject(new PublishError('unknown', 'timeout', message)), deadlineMs);
  try {
    await Promise.race([thawed, late]);
  } finally {
    clearTimeout(timer);
  }
}
