import type { ConsumeOptions } from '#messaging';
import type { Spool, SpoolEntry } from '#spool';
import { LaneHold } from '../lane-hold.js';
import type { LaneIntake } from '../lane-pump.js';

/** Reads one lane ahead, from its cursor on, within `prefetch` and one batch beyond the running one. */
export class LaneReader extends LaneHold<SpoolEntry> implements LaneIntake<SpoolEntry> {
  readonly #spool: Spool;
  readonly #lane: number;
  readonly #options: ConsumeOptions;
  #readTo: number;
  running = 0;

  constructor(spool: Spool, lane: number, options: ConsumeOptions) {
    super(options);
    this.#spool = spool;
    this.#lane = lane;
    this.#options = options;
    this.#readTo = spool.cursor(lane);
  }

  get more(): boolean {
    return this.#spool.last(this.#lane) > this.#readTo;
  }

  /** Rejects as the spool does. */
  async fill(): Promise<void> {
    const { batchMax, batchBytesMax, prefetch } = this.#options;
    const count = Math.min(batchMax, prefetch - this.running) - this.count;
    const bytes = batchBytesMax - this.bytes;
    if (count <= 0 || bytes <= 0 || !this.more) return;
    for (const entry of await this.#spool.read(this.#lane, this.#readTo, count, bytes)) {
      this.add(entry);
      this.#readTo = entry.seq;
    }
  }
}
