import type { ConsumeOptions, Consumer, OnBatch } from '#messaging';
import type { Hold, Member } from './hold.js';
import { pumpLane } from './lane-pump.js';
import type { MemoryBroker } from './memory-broker.js';

/** One process's part in consuming: a pump for each lane that the broker gives it. */
export class MemoryConsumer implements Consumer, Member {
  readonly #broker: MemoryBroker;
  readonly #options: ConsumeOptions;
  readonly #onBatch: OnBatch;
  readonly #pumps = new Set<Promise<void>>();
  #lostUnnoticed: Hold[] = [];
  #wanted: 'running' | 'paused' | 'stopped' = 'running';

  constructor(broker: MemoryBroker, options: ConsumeOptions, onBatch: OnBatch) {
    this.#broker = broker;
    this.#options = options;
    this.#onBatch = onBatch;
  }

  get stopped(): boolean {
    return this.#wanted === 'stopped';
  }

  take(hold: Hold): void {
    const pump = pumpLane(hold, this.#options, this.#onBatch).finally(() => this.#pumps.delete(pump));
    this.#pumps.add(pump);
  }

  async pause(): Promise<void> {
    if (this.#wanted === 'running') this.#wanted = 'paused';
    this.#broker.leave(this);
    await Promise.all(this.#pumps);
  }

  async resume(): Promise<void> {
    if (this.#wanted === 'paused') this.#wanted = 'running';
    this.connect();
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#wanted = 'stopped';
    this.#broker.leave(this);
    await settledOrLate([...this.#pumps], deadlineMs);
    this.disconnect();
  }

  connect(): void {
    if (this.#wanted === 'running' && this.#broker.running) this.#broker.join(this);
  }

  /** The lanes are lost, and the batches in hand are told. */
  disconnect(): void {
    this.vanish();
    for (const hold of this.#lostUnnoticed.splice(0)) hold.abort();
  }

  /** The lanes are lost, and this consumer does not know: its process hangs, or the network took the news. */
  vanish(): void {
    this.#lostUnnoticed.push(...this.#broker.expel(this));
  }
}

async function settledOrLate(pumps: readonly Promise<void>[], deadlineMs: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, deadlineMs);
  await Promise.race([Promise.all(pumps), late]);
  clearTimeout(timer);
}
