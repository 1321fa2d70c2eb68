import type { ConsumeOptions, Delivery } from '#messaging';

/** One delivery as a transport holds it: what else it needs to advance past it is the transport's own. */
export interface LaneItem {
  readonly delivery: Delivery;
  /** What it counts against `batchBytesMax`. */
  readonly bytes: number;
}

interface Held<Item> {
  readonly item: Item;
  readonly sinceMs: number;
}

/** What this process holds of one lane and has not handed over yet, in order, and when it makes a batch. */
export class LaneHold<Item extends LaneItem> {
  readonly #options: ConsumeOptions;
  readonly #held: Held<Item>[] = [];
  #bytes = 0;

  constructor(options: ConsumeOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#held.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether what is held makes a batch that cannot grow. */
  get full(): boolean {
    return this.#held.length >= this.#options.batchMax || this.#bytes >= this.#options.batchBytesMax;
  }

  /** How long the first of what is held may still wait for others; undefined when nothing is held. */
  get leftMs(): number | undefined {
    const first = this.#held[0];
    return first && first.sinceMs + this.#options.batchWaitMs - performance.now();
  }

  add(item: Item): void {
    this.#held.push({ item, sinceMs: performance.now() });
    this.#bytes += item.bytes;
  }

  /** The next batch, of what is held: never empty when anything is. */
  take(): Item[] {
    const { batchMax, batchBytesMax } = this.#options;
    let count = 0;
    let bytes = 0;
    for (const { item } of this.#held) {
      if (count === batchMax || (count > 0 && bytes + item.bytes > batchBytesMax)) break;
      count += 1;
      bytes += item.bytes;
    }
    this.#bytes -= bytes;
    return this.#held.splice(0, count).map(({ item }) => item);
  }

  /** Lets go of those, wherever they stand. */
  discard(unwanted: (item: Item) => boolean): void {
    const kept = this.#held.filter(({ item }) => !unwanted(item));
    this.clear();
    this.#held.push(...kept);
    this.#bytes = kept.reduce((sum, { item }) => sum + item.bytes, 0);
  }

  clear(): void {
    this.#held.length = 0;
    this.#bytes = 0;
  }
}
