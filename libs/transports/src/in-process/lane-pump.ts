import { setImmediate } from 'node:timers/promises';
import type { ConsumeOptions, OnBatch } from '#messaging';
import type { Spool, SpoolEntry } from '#spool';
import { LaneReader } from './lane-reader.js';
import { pause } from './pause.js';

/** A batch that is rejected this often is repeated at once; after that the pauses grow. */
const REPEATS_AT_ONCE = 5;
const PAUSE_MS_LEAST = 10;
const PAUSE_MS_MOST = 1_000;

/** One taking-over of all lanes, from the start or `resume` to the next `pause` or `stop`. */
export interface Takeover {
  readonly ownership: number;
  /** Aborts when no more batches are to be started. */
  readonly taking: AbortSignal;
  /** Aborts when a batch that still runs has lost its lane. */
  readonly lost: AbortSignal;
}

/** Hands over one lane, batch by batch, for one takeover. */
export class LanePump {
  readonly lane: number;
  readonly #spool: Spool;
  readonly #onBatch: OnBatch;
  readonly #takeover: Takeover;
  readonly #reader: LaneReader;
  #wake: () => void = () => undefined;

  constructor(spool: Spool, lane: number, options: ConsumeOptions, onBatch: OnBatch, takeover: Takeover) {
    this.lane = lane;
    this.#spool = spool;
    this.#onBatch = onBatch;
    this.#takeover = takeover;
    this.#reader = new LaneReader(spool, lane, options);
  }

  /** The lane has new entries, or the takeover ends. */
  wake(): void {
    this.#wake();
  }

  /** Resolves when the takeover has ended and no batch runs any more. */
  async run(): Promise<void> {
    while (!this.#takeover.taking.aborted) {
      const entries = await this.#collect();
      if (entries.length === 0) continue;
      this.#reader.running = entries.length;
      // What this reads while the batch runs starts the next one sooner; a failure shows again when that one is due.
      const ahead = this.#reader.fill().catch(() => undefined);
      await this.#settle(entries);
      await ahead;
      this.#reader.running = 0;
    }
  }

  /** Waits for a first entry, then up to `batchWaitMs` for a full batch. Empty when the takeover ended meanwhile. */
  async #collect(): Promise<SpoolEntry[]> {
    const { taking } = this.#takeover;
    for (let failures = 0; !taking.aborted;) {
      try {
        await this.#reader.fill();
        failures = 0;
      } catch {
        await pause(pauseMs(++failures), taking);
        continue;
      }
      const { full, leftMs, more } = this.#reader;
      if (full || (leftMs !== undefined && leftMs <= 0)) return taking.aborted ? [] : this.#reader.take();
      if (!more && !taking.aborted) await this.#nextWake(leftMs);
    }
    return [];
  }

  async #nextWake(timeoutMs: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
  }

  /** Hands the same deliveries over until they are settled, or until the takeover ended. */
  async #settle(entries: readonly SpoolEntry[]): Promise<void> {
    const { ownership, taking, lost } = this.#takeover;
    const deliveries = entries.map(({ delivery }) => delivery);
    const lastSeq = entries.at(-1)?.seq ?? 0;
    for (let rejections = 0; ;) {
      try {
        await this.#onBatch({ lane: this.lane, ownership, deliveries }, lost);
        if (!lost.aborted) this.#spool.advance(this.lane, lastSeq);
        return;
      } catch {
        rejections += 1;
      }
      if (rejections <= REPEATS_AT_ONCE) await setImmediate();
      else await pause(pauseMs(rejections - REPEATS_AT_ONCE), taking);
      if (taking.aborted) return;
    }
  }
}

function pauseMs(failures: number): number {
  return Math.min(PAUSE_MS_MOST, PAUSE_MS_LEAST * 2 ** (failures - 1));
}
