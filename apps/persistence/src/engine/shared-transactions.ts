import { classOf, TransactionFailure, type ErrorClass } from '../database/error-table.js';
import { BatchRun } from './batch-run.js';
import { abortable, type EngineContext } from './context.js';
import type { Entry } from './entry.js';
import { Settler } from './settler.js';

/** So many go on at a time as long as they are quick; what comes meanwhile gathers for the next one. */
const AT_ONCE = 1;
/** Nobody waits longer than this for a slow one to end: another goes on beside it. */
const WAIT_MS_MAX = 10;
/** After a failure that a command is to blame for, every lane goes on its own for so long. */
const APART_MS = 250;

/** Whose failure spares the lanes that only shared the transaction: the database's, or another transaction's. */
const NOBODYS: ReadonlySet<ErrorClass> = new Set(['systemic', 'contention']);

/** What one lane wants settled: some of its batch, in order. */
export interface LanePart {
  readonly lane: number;
  readonly entries: readonly Entry[];
  readonly careful: boolean;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly part: LanePart;
  readonly sinceMs: number;
  readonly resolve: (settled: Promise<void>) => void;
}

/**
 * Lets lanes whose batches come at the same time share a transaction, and with it the `fsync` of its commit: the more comes, the
 * more it carries. Sharing is an attempt. Where it fails, nothing has happened, and each lane settles its part on its own.
 */
export class SharedTransactions {
  readonly #context: EngineContext;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #apartUntilMs = 0;
  #start: NodeJS.Immediate | undefined;
  #startAnyway: NodeJS.Timeout | undefined;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  /** Resolves when every entry has its line. Rejects as `Settler.settle` does. */
  settle(part: LanePart): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ part, sinceMs: performance.now(), resolve });
      this.#schedule();
    });
  }

  #schedule(): void {
    const [first] = this.#waiting;
    if (!first) return;
    if (this.#running < AT_ONCE) {
      if (this.#start) return;
      // Not at once: what else this turn of the event loop brings comes along.
      this.#start = setImmediate(() => {
        this.#start = undefined;
        this.#run();
      });
    } else if (!this.#startAnyway) {
      const waitMs = Math.max(0, first.sinceMs + WAIT_MS_MAX - performance.now());
      this.#startAnyway = setTimeout(() => {
        this.#startAnyway = undefined;
        this.#run();
      }, waitMs);
    }
  }

  #run(): void {
    const taken = this.#take();
    if (taken.length === 0) return;
    this.#running++;
    const parts = taken.map(({ part }) => part);
    const shared = parts.length > 1 ? this.#share(parts) : Promise.resolve(parts);
    const settling = taken.map(({ part, resolve }) => {
      const settled = shared.then((left) => (left.includes(part) ? settleAlone(this.#context, part) : undefined));
      resolve(settled);
      return settled;
    });
    void Promise.allSettled(settling).then(() => {
      this.#running--;
      this.#schedule();
    });
    this.#schedule();
  }

  /**
   * Whom the next transaction carries, the longest waiting first. No more than one batch may hold, each lane once, and each id
   * once: a foreign sender may have sent the same id to two lanes.
   */
  #take(): Waiting[] {
    const apart = performance.now() < this.#apartUntilMs || this.#context.breaker.isOpen;
    const taken: Waiting[] = [];
    const lanes = new Set<number>();
    const ids = new Set<string>();
    for (const waiting of this.#waiting) {
      const { lane, entries } = waiting.part;
      const alone = taken.length === 0;
      if (!alone && (apart || ids.size + entries.length > this.#context.options.batchMax)) break;
      if (lanes.has(lane) || entries.some(({ id }) => ids.has(id))) continue;
      taken.push(waiting);
      lanes.add(lane);
      for (const { id } of entries) ids.add(id);
    }
    for (const waiting of taken) this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    return taken;
  }

  /** Returns the parts that are left: those whose lane is held by another, or all of them. */
  async #share(parts: readonly LanePart[]): Promise<readonly LanePart[]> {
    const { breaker, database, gate } = this.#context;
    const carefulLanes = new Set(parts.flatMap(({ lane, careful }) => (careful ? [lane] : [])));
    const mode = { carefulLanes, savepoints: false, suspect: false };
    const attempt = (abort: AbortController) =>
      database.inSharedTransaction(
        parts.map(({ lane }) => lane),
        async (transaction, held) => {
          const entries = parts.flatMap((part) => (held.has(part.lane) ? part.entries : []));
          const run = new BatchRun(this.#context, entries, mode);
          if (entries.length > 0) await run.settle(transaction, abort);
          return { run, left: parts.filter(({ lane }) => !held.has(lane)) };
        },
      );
    try {
      const { run, left } = await gate.beside(() => abortable(this.#context, attempt));
      run.committed();
      return left;
    } catch (error) {
      if (!(error instanceof TransactionFailure)) throw error;
      const errorClass = classOf(error);
      if (errorClass === 'systemic') breaker.trip();
      if (!NOBODYS.has(errorClass)) this.#apartUntilMs = performance.now() + APART_MS;
      return parts;
    }
  }
}

/** In transactions that no other lane shares. Rejects as `Settler.settle` does. */
export function settleAlone(context: EngineContext, { lane, entries, careful, signal }: LanePart): Promise<void> {
  return new Settler(context, lane, signal).settle(entries, careful);
}
