import type { Reconciled } from '#contracts';
import { RequestUnavailable, TransportError, type Backlog } from '#messaging';

import type { Queue } from '../draining/queue.js';
import type { RequestDatabase } from '../requests/request-database.js';
import { keepReport, readLedger, readReports, type ReportedLane } from './books.js';
import { balanceOf, type LaneBalance } from './equation.js';

export interface ReconciliationOptions {
  readonly lanes: number;
  /** How long one reading serves all who ask, in milliseconds. */
  readonly freshMs?: number;
  /** How long commands must be missing without a break before the equation is said not to hold, in milliseconds. */
  readonly missingMs?: number;
  /** Of a clock that never jumps, in milliseconds. */
  readonly now?: () => number;
}

/** The books of all lanes at one time. */
export interface Reading {
  readonly lanes: readonly LaneBalance[];
  /** Whether the transport knows what waits; otherwise a command on its way may look missing for a second. */
  readonly exact: boolean;
  /** False once commands have been missing, or lines stray, in every reading for `missingMs`. */
  readonly holds: boolean;
}

const FRESH_MS = 1_000;
/** Longer than a broker's word on what is in hand may be old. */
const MISSING_MS = 10_000;

/** Compares what gateways accepted with what the ledger accounts for and the transport still has. */
export class Reconciliation {
  readonly #database: RequestDatabase;
  readonly #queue: Pick<Queue, 'backlog'>;
  readonly #options: Required<ReconciliationOptions>;
  #reading: Promise<Reading> | undefined;
  #readAtMs = -Infinity;
  /** Since when each lane has been out of balance, by lane. */
  readonly #outSinceMs = new Map<number, number>();

  constructor(database: RequestDatabase, queue: Pick<Queue, 'backlog'>, options: ReconciliationOptions) {
    this.#database = database;
    this.#queue = queue;
    this.#options = { freshMs: FRESH_MS, missingMs: MISSING_MS, now: () => performance.now(), ...options };
  }

  /** Rejects with `RequestUnavailable` while the database is away, or the transport cannot tell its backlog. */
  read(): Promise<Reading> {
    const nowMs = this.#options.now();
    if (this.#reading && nowMs - this.#readAtMs < this.#options.freshMs) return this.#reading;
    this.#readAtMs = nowMs;
    const reading = this.#readNow();
    reading.catch(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    return (this.#reading = reading);
  }

  async report(gateway: string, lanes: readonly ReportedLane[]): Promise<Reconciled> {
    await keepReport(this.#database, gateway, lanes);
    const reading = await this.read();
    const total = (count: (lane: LaneBalance) => number) => reading.lanes.reduce((sum, lane) => sum + count(lane), 0);
    return { holds: reading.holds, missing: total((lane) => lane.missing), surplus: total((lane) => lane.surplus) };
  }

  /** In this order, or commands that move on meanwhile would look missing. */
  async #readNow(): Promise<Reading> {
    const { lanes } = this.#options;
    const reports = await readReports(this.#database, lanes);
    const backlog = await this.#backlog();
    const ledger = await readLedger(this.#database, lanes);
    const balances = ledger.map((books) => {
      const { accepted = 0, waiting = 0 } = reports[books.lane] ?? {};
      return balanceOf({ ...books, accepted, waiting: Math.max(waiting, backlog.lanes[books.lane] ?? 0) });
    });
    return {
      lanes: balances,
      exact: backlog.count.exact,
      holds: this.#note(balances),
    };
  }

  /** A broker that is away is no fault of the books. */
  async #backlog(): Promise<Backlog> {
    try {
      return await this.#queue.backlog();
    } catch (error) {
      if (error instanceof TransportError) throw new RequestUnavailable(error.message, { cause: error });
      throw error;
    }
  }

  /** A lost command is missing in every reading from then on; one that only moved is not. */
  #note(balances: readonly LaneBalance[]): boolean {
    const nowMs = this.#options.now();
    let holds = true;
    for (const { lane, missing, stray } of balances) {
      if (missing === 0 && stray === 0) {
        this.#outSinceMs.delete(lane);
        continue;
      }
      const sinceMs = this.#outSinceMs.get(lane) ?? nowMs;
      this.#outSinceMs.set(lane, sinceMs);
      if (nowMs - sinceMs >= this.#options.missingMs) holds = false;
    }
    return holds;
  }
}
