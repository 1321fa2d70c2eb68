import { setImmediate } from 'node:timers/promises';
import type { OnBatch } from '#messaging';
import type { LaneItem } from './lane-hold.js';
import { pause } from './pause.js';

/** A batch that is rejected this often is repeated at once; after that the pauses grow. */
const REPEATS_AT_ONCE = 5;
const PAUSE_MS_LEAST = 10;
const PAUSE_MS_MOST = 1_000;

/** One taking-over of a lane, until it is given back or lost. */
export interface Takeover {
  readonly ownership: number;
  /** Aborts when no more batches are to be started. */
  readonly taking: AbortSignal;
  /** Aborts when a batch that still runs has lost its lane. */
  readonly lost: AbortSignal;
}

/** Where a pump takes its batches from. Whoever has put something in calls the pump's `wake`. */
export interface LaneIntake<Item extends LaneItem> {
  /** Whether what it holds makes a batch that cannot grow. */
  readonly full: boolean;
  /** How long the first of what it holds may still wait for others; undefined when it holds nothing. */
  readonly leftMs: number | undefined;
  /** Whether `fill` would find more. */
  readonly more: boolean;
  /** How many deliveries the batch has that runs now. */
  running: number;
  /** One read, if there is anything to read and room for it; what is pushed in needs none. */
  fill(): Promise<void>;
  /** The next batch: never empty when anything is held. */
  take(): Item[];
}

export interface PumpParts<Item extends LaneItem> {
  readonly lane: number;
  readonly intake: LaneIntake<Item>;
  readonly onBatch: OnBatch;
  readonly takeover: Takeover;
  /** The batch is settled: the transport goes past it. Not called once the lane is lost. */
  readonly advance: (items: readonly Item[]) => void;
}

/** Hands over one lane, batch by batch, for one takeover. */
export class LanePump<Item extends LaneItem> {
  readonly #parts: PumpParts<Item>;
  #wake: () => void = () => undefined;

  constructor(parts: PumpParts<Item>) {
    this.#parts = parts;
  }

  /** The intake holds more, or the takeover ends. */
  wake(): void {
    this.#wake();
  }

  /** Resolves when the takeover has ended and no batch runs any more. */
  async run(): Promise<void> {
    const { intake, takeover } = this.#parts;
    while (!takeover.taking.aborted) {
      const items = await this.#collect();
      if (items.length === 0) continue;
      intake.running = items.length;
      // What this reads while the batch runs starts the next one sooner; a failure shows again when that one is due.
      const ahead = intake.fill().catch(() => undefined);
      await this.#settle(items);
      await ahead;
      intake.running = 0;
    }
  }

  /** Waits for a first delivery, then up to `batchWaitMs` for a full batch. Empty when the takeover ended meanwhile. */
  async #collect(): Promise<Item[]> {
    const { intake, takeover } = this.#parts;
    const { taking } = takeover;
    for (let failures = 0; !taking.aborted;) {
      try {
        await intake.fill();
        failures = 0;
      } catch {
        await pause(pauseMs(++failures), taking);
        continue;
      }
      const { full, leftMs, more } = intake;
      if (full || (leftMs !== undefined && leftMs <= 0)) return taking.aborted ? [] : intake.take();
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
  async #settle(items: readonly Item[]): Promise<void> {
    const { lane, onBatch, takeover, advance } = this.#parts;
    const { ownership, taking, lost } = takeover;
    const deliveries = items.map(({ delivery }) => delivery);
    for (let rejections = 0; ;) {
      try {
        await onBatch({ lane, ownership, deliveries }, lost);
        if (!lost.aborted) advance(items);
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
