import { GATEWAY_NAME_MS_MAX } from '#contracts';
import type { Transport } from '#messaging';
import { Logger } from '@nestjs/common';

import { Database } from '../database/database.js';
import { PurgeSession } from './purge-session.js';

export interface RetentionOptions {
  /** How long lines of settled commands are kept, in milliseconds. */
  readonly retentionMs: number;
}

export interface Purged {
  /** Settled lines of commands accepted before this are gone, and deliveries of such commands are known as too old. */
  readonly before: Date;
  readonly lines: number;
  readonly starts: number;
  /** Gateways whose accounts were added to that of those that are gone. */
  readonly gateways: number;
}

const INTERVAL_MS_MAX = 3_600_000;
const INTERVAL_MS_MIN = 1_000;

/** A command is taken a little before the transport stores it, at most so long. */
const STORING_MS_MAX = 60_000;

/** A gateway that has reported nothing for so long is gone; one that is not has taken another name by then. */
const SILENT_MS_MAX = 2 * GATEWAY_NAME_MS_MAX;

/** Forgets settled commands that are older than the retention. One instance at a time does so, in small steps. */
export class Retention {
  readonly #logger = new Logger('Retention');
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly transport: Pick<Transport, 'backlog'>,
    private readonly options: RetentionOptions,
  ) {}

  start(): void {
    const intervalMs = Math.min(INTERVAL_MS_MAX, Math.max(INTERVAL_MS_MIN, this.options.retentionMs / 10));
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.#purgeOrSaySo());
    }, intervalMs);
    this.#timer.unref();
  }

  /** Ends after the step that is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#running;
  }

  /** Undefined when there was nothing to do, or another instance is doing it. */
  async purge(): Promise<Purged | undefined> {
    const waitingSinceMs = await this.#waitingSinceMs();
    if (waitingSinceMs === 'unknown') return undefined;
    const session = await PurgeSession.begin(this.database);
    if (!session) return undefined;
    try {
      const before = await session.mark(Math.min(Date.now() - this.options.retentionMs, waitingSinceMs));
      await session.outlastBatches(this.database.lanes);
      const lines = await session.purgeLines(before, this.#stopping.signal);
      const starts = await session.purgeStarts(before);
      const gateways = await session.foldAccounts(new Date(Date.now() - SILENT_MS_MAX));
      return { before, lines, starts, gateways };
    } finally {
      await session.end();
    }
  }

  /** Before this, the transport holds nothing that could still be delivered. */
  async #waitingSinceMs(): Promise<number | 'unknown'> {
    const { count, oldestAtMs } = await this.transport.backlog();
    if (oldestAtMs.value !== null) return oldestAtMs.value - STORING_MS_MAX;
    return oldestAtMs.exact || (count.exact && count.value === 0) ? Infinity : 'unknown';
  }

  async #purgeOrSaySo(): Promise<void> {
    if (!this.database.isOpen || this.#stopping.signal.aborted) return;
    try {
      const purged = await this.purge();
      if (purged && purged.lines > 0) {
        this.#logger.log(`Forgot ${purged.lines} settled commands accepted before ${purged.before.toISOString()}.`);
      }
    } catch (error) {
      this.#logger.warn(`Could not forget old commands; trying again later. ${String(error)}`);
    }
  }
}
