import { PublishError, type RateMeter } from '#messaging';
import type { SpoolLimits } from './limits.js';

/** What a queue of appends may hold in memory, in entries. */
const QUEUE_COUNT_MAX = 131_072;
/** A bound that was hit is open again once this share of it is free. */
const HEADROOM = 0.1;
/** Pages are never quite full: what an entry adds to the file is more than its bytes. */
const PAGE_OVERHEAD = 1.15;
const RETRY_AFTER_MS_LEAST = 1_000;
const RETRY_AFTER_MS_MOST = 120_000;

/** A rate below this is the fading memory of a drain that has ended. */
const DRAIN_PER_SECOND_LEAST = 0.01;

/** How full the spool is. */
export interface Load {
  /** Stored and not advanced past. */
  readonly count: number;
  /** Bytes of the database file in use. */
  readonly usedBytes: number;
  /** Appends not stored yet. */
  readonly queuedCount: number;
  readonly queuedBytes: number;
}

/** Decides whether one more entry fits, and says when to come back when it does not. */
export class Admission {
  readonly #countMax: number;
  readonly #limits: SpoolLimits;

  constructor(countMax: number, limits: SpoolLimits) {
    this.#countMax = countMax;
    this.#limits = limits;
  }

  /** Undefined: it fits. */
  refusal(load: Load, entryBytes: number, drain: RateMeter): PublishError | undefined {
    if (load.count + load.queuedCount >= this.#countMax) {
      return this.#overloaded(`it holds ${load.count} commands`, 'SPOOL_COUNT_MAX', load, drain);
    }
    if (this.#dataBytes(load) + entryBytes * PAGE_OVERHEAD > this.#limits.dataBytesMax) {
      return this.#overloaded(`${load.usedBytes} bytes of its file are in use`, 'SPOOL_BYTES_MAX', load, drain);
    }
    if (load.queuedCount >= QUEUE_COUNT_MAX || load.queuedBytes + entryBytes > this.#limits.queueBytesMax) {
      return new PublishError('not-stored', 'overloaded', `${load.queuedCount} commands already wait for the disk.`, {
        retryAfterMs: RETRY_AFTER_MS_LEAST,
      });
    }
    return undefined;
  }

  /** Whether so much is free again that the next refusal is not just behind the next append. */
  hasHeadroom(load: Load): boolean {
    return (
      load.count + load.queuedCount <= this.#countMax * (1 - HEADROOM) &&
      this.#dataBytes(load) <= this.#limits.dataBytesMax * (1 - HEADROOM)
    );
  }

  /** How long the measured drain takes to free the headroom; undefined while nothing drains. */
  retryAfterMs(load: Load, drain: RateMeter): number | undefined {
    const perSecond = drain.perSecond(performance.now());
    if (perSecond < DRAIN_PER_SECOND_LEAST) return undefined;
    const delayMs = Math.ceil(((load.count * HEADROOM) / perSecond) * 1000);
    return Math.min(RETRY_AFTER_MS_MOST, Math.max(RETRY_AFTER_MS_LEAST, delayMs));
  }

  #dataBytes({ usedBytes, queuedBytes }: Load): number {
    return usedBytes + queuedBytes * PAGE_OVERHEAD;
  }

  #overloaded(why: string, setting: string, load: Load, drain: RateMeter): PublishError {
    const retryAfterMs = this.retryAfterMs(load, drain);
    return new PublishError('not-stored', 'overloaded', `The spool is full: ${why}. Wait, or raise ${setting}.`, {
      setting,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
}
