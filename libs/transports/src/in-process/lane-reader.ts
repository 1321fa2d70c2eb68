import type { ConsumeOptions } from '#messaging';
import type { Spool, SpoolEntry } from '#spool';

interface Held {
  readonly entry: SpoolEntry;
  readonly sinceMs: number;
}

/** Reads one lane ahead, from its cursor on, within `prefetch` and one batch beyond the running one. */
export class LaneReader {
  readonly #spool: Spool;
  readonly #lane: number;
  readonly #options: ConsumeOptions;
  #held: Held[] = [];
  #heldBytes = 0;
  #readTo: number;
  /** Deliveries of the batch that runs; they count towards `prefetch`. */
  running = 0;

  constructor(spool: Spool, lane: number, options: ConsumeOptions) {
    this.#spool = spool;
    this.#lane = lane;
    this.#options = options;
    this.#readTo = spool.cursor(lane);
  }

  /** Whether what is held makes a batch that cannot grow. */
  get full(): boolean {
    return this.#held.length >= this.#options.batchMax || this.#heldBytes >= this.#options.batchBytesMax;
  }

  /** Whether the spool has entries that were not read yet. */
  get more(): boolean {
    return this.#spool.last(this.#lane) > this.#readTo;
  }

  /** How long the first of the held entries may still wait for others; undefined when none is held. */
  get leftMs(): number | undefined {
    const first = this.#held[0];
    return first && first.sinceMs + this.#options.batchWaitMs - performance.now();
  }

  /** One read, if there is anything to read and room for it. Rejects as the spool does. */
  async fill(): Promise<void> {
    const { batchMax, batchBytesMax, prefetch } = this.#options;
    const count = Math.min(batchMax, prefetch - this.running) - this.#held.length;
    const bytes = batchBytesMax - this.#heldBytes;
    if (count <= 0 || bytes <= 0 || !this.more) return;
    const entries = await this.#spool.read(this.#lane, this.#readTo, count, bytes);
    const sinceMs = performance.now();
    for (const entry of entries) {
      this.#held.push({ entry, sinceMs });
      this.#heldBytes += entry.bytes;
      this.#readTo = entry.seq;
    }
  }

  /** The next batch, of what is held: never empty when anything is. */
  take(): SpoolEntry[] {
    const { batchMax, batchBytesMax } = this.#options;
    let count = 0;
    let bytes = 0;
    for (const { entry } of this.#held.slice(0, batchMax)) {
      if (count > 0 && bytes + entry.bytes > batchBytesMax) break;
      count += 1;
      bytes += entry.bytes;
    }
    this.#heldBytes -= bytes;
    return this.#held.splice(0, count).map(({ entry }) => entry);
  }
}
