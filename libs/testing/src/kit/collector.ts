import type { Batch, Consumer, Delivery } from '#messaging';
import { until } from '../until.js';

/** What a case does with a batch; `nth` counts the hand-overs to this collector from 1. */
export type Settle = (batch: Batch, signal: AbortSignal, nth: number) => Promise<void> | void;

export interface SeenBatch {
  readonly batch: Batch;
  readonly ids: readonly string[];
}

/** A consumer that remembers every hand-over, and what it settled. */
export class Collector {
  readonly batches: SeenBatch[] = [];
  /** Ids of every delivery, in the order of the hand-overs, repetitions included. */
  readonly ids: string[] = [];
  /** Ids of what this consumer settled by resolving. */
  readonly settled: string[] = [];
  /** The most deliveries, and batches, that one lane had in hand at any one time. */
  inHandMax = 0;
  runningMax = 0;
  /** Set before the case goes on. */
  consumer!: Consumer;
  /** How long it waits for what must come. */
  readonly patienceMs: number;
  readonly #settle: Settle;
  readonly #running = new Map<number, Batch[]>();

  constructor(settle: Settle, patienceMs: number) {
    this.#settle = settle;
    this.patienceMs = patienceMs;
  }

  get running(): number {
    return [...this.#running.values()].flat().length;
  }

  readonly onBatch = async (batch: Batch, signal: AbortSignal): Promise<void> => {
    const ids = batch.deliveries.map(idOf);
    const nth = this.batches.push({ batch, ids });
    this.ids.push(...ids);
    const inHand = [...(this.#running.get(batch.lane) ?? []), batch];
    this.#running.set(batch.lane, inHand);
    this.runningMax = Math.max(this.runningMax, inHand.length);
    this.inHandMax = Math.max(this.inHandMax, inHand.flatMap(({ deliveries }) => deliveries).length);
    try {
      await this.#settle(batch, signal, nth);
      this.settled.push(...ids);
    } finally {
      this.#running.set(
        batch.lane,
        (this.#running.get(batch.lane) ?? []).filter((other) => other !== batch),
      );
    }
  };

  inLane(lane: number): string[] {
    return this.batches.filter(({ batch }) => batch.lane === lane).flatMap(({ ids }) => ids);
  }

  /** Waits until each of the ids was settled here. */
  async settles(ids: readonly string[], timeoutMs = this.patienceMs): Promise<void> {
    await settledBy([this], ids, timeoutMs);
  }

  /** Waits for the nth hand-over. */
  async receives(batches: number, timeoutMs = this.patienceMs): Promise<void> {
    await until(() => this.batches.length >= batches, `${batches} batches were handed over`, timeoutMs);
  }
}

/** Waits until each of the ids was settled by one of the collectors. */
export async function settledBy(
  collectors: readonly Collector[],
  ids: readonly string[],
  timeoutMs = collectors[0]?.patienceMs,
): Promise<void> {
  let left = ids;
  const allSettled = () => {
    const settled = new Set(collectors.flatMap((collector) => collector.settled));
    left = left.filter((id) => !settled.has(id));
    return left.length === 0;
  };
  await until(allSettled, `all of ${ids.length} are settled`, timeoutMs).catch((cause: unknown) => {
    throw new Error(`${left.length} of ${ids.length} were never settled, the first of them ${left[0]}.`, { cause });
  });
}

function idOf(delivery: Delivery): string {
  return delivery.kind === 'decoded' ? delivery.envelope.id : `undecoded:${Buffer.from(delivery.body).toString('hex')}`;
}

/** Holds every batch that waits for it until it is opened. */
export class Gate {
  readonly #opened = Promise.withResolvers<void>();

  open(): void {
    this.#opened.resolve();
  }

  readonly wait = (): Promise<void> => this.#opened.promise;
}
