import type { TransactionFailure } from '../database/error-table.js';
import { isBatchHandler } from '../handling/handler.js';
import { readOutcomes } from '../ledger/outcomes.js';
import { addToAccount } from '../reconciliation/lane-account.js';
import { Tally } from '../reconciliation/tally.js';
import { BatchRun, SuspectsFound, type BatchMode } from './batch-run.js';
import { abortable, circumstancesOf, tell, type EngineContext } from './context.js';
import { isRunnable, type Entry, type RunnableEntry } from './entry.js';
import { patiently, SYSTEMIC_MAX, type Tried } from './patience.js';
import { changedOutcome, knownOutcome } from './teller.js';
import { NO_PAST, verdictOn } from './verdict.js';

/** The most commands of a transaction with a savepoint each. */
const SAVEPOINTS_MAX = 64;

interface Mode extends BatchMode {
  /** The database was well and yet failed each time: one of the commands is to blame, so a half fails at once. */
  readonly escaping: boolean;
}

/** Settles a lane's entries, in order, in as few transactions as their failures allow. */
export class Settler {
  readonly #context: EngineContext;
  readonly #lane: number;
  readonly #signal: AbortSignal;

  constructor(context: EngineContext, lane: number, signal: AbortSignal) {
    this.#context = context;
    this.#lane = lane;
    this.#signal = signal;
  }

  /** Resolves when every entry has its line. Rejects when the signal aborts. */
  settle(entries: readonly Entry[], careful: boolean): Promise<void> {
    const carefulLanes = new Set(careful ? [this.#lane] : []);
    return this.#settle(entries, { carefulLanes, savepoints: false, suspect: false, escaping: false });
  }

  async #settle(entries: readonly Entry[], mode: Mode): Promise<void> {
    const { run, tried } = await this.#try(entries, mode);
    if (tried.done) return;
    const { failure } = tried;
    if (failure.cause instanceof SuspectsFound) return this.#settleApart(entries, failure.cause.ids, mode);
    const next = { ...mode, escaping: mode.escaping || tried.errorClass === 'systemic' };
    if (!mode.savepoints && wantsSavepoints(run, entries)) {
      for (let from = 0; from < entries.length; from += SAVEPOINTS_MAX) {
        await this.#settle(entries.slice(from, from + SAVEPOINTS_MAX), { ...next, savepoints: true });
      }
      return;
    }
    const [only] = entries;
    if (entries.length === 1 && only) return this.#judge(only, tried, next);
    const middle = Math.ceil(entries.length / 2);
    await this.#settle(entries.slice(0, middle), next);
    await this.#settle(entries.slice(middle), next);
  }

  async #try(entries: readonly Entry[], mode: Mode): Promise<{ run: BatchRun; tried: Tried<void> }> {
    const { breaker, database, gate } = this.#context;
    let run = new BatchRun(this.#context, entries, mode);
    const attempt = () =>
      abortable(this.#context, async (abort) => {
        run = new BatchRun(this.#context, entries, mode);
        await database.inTransaction((transaction) => run.settle(transaction, abort), this.#lane);
        run.committed();
      });
    const systemicMax = mode.escaping && entries.length > 1 ? 0 : SYSTEMIC_MAX;
    const work = () => (mode.suspect ? gate.alone(attempt) : gate.beside(attempt));
    const tried = await patiently(breaker, this.#signal, work, systemicMax);
    return { run, tried };
  }

  /** Runs suspects alone and one by one, what lies between them together, all in order. */
  async #settleApart(entries: readonly Entry[], suspects: ReadonlySet<string>, mode: Mode): Promise<void> {
    let innocent: Entry[] = [];
    const settleInnocent = async () => {
      if (innocent.length > 0) await this.#settle(innocent, mode);
      innocent = [];
    };
    for (const entry of entries) {
      if (!suspects.has(entry.id)) {
        innocent.push(entry);
        continue;
      }
      await settleInnocent();
      await this.#settle([entry], { ...mode, suspect: true });
    }
    await settleInnocent();
  }

  /** The policy decides on a command that failed standing alone. */
  async #judge(entry: Entry, tried: { failure: TransactionFailure; errorClass: string }, mode: Mode): Promise<void> {
    // What cannot be run was not: its line failed, and nothing but the transport's repetition can help.
    if (!isRunnable(entry)) throw tried.failure;
    if (tried.errorClass === 'timeout' && this.#context.timeouts.add(entry.id, tried.failure)) {
      this.#context.breaker.trip();
      return this.#settle([entry], mode);
    }
    const judged = await patiently(this.#context.breaker, this.#signal, () => this.#record(entry, tried.failure));
    if (!judged.done) throw judged.failure;
  }

  async #record(entry: RunnableEntry, failure: TransactionFailure): Promise<void> {
    const { database, ledger, marks, meter, options } = this.#context;
    const line = verdictOn(entry, failure, NO_PAST, circumstancesOf(this.#context));
    const tally = new Tally(this.#lane);
    const outcomes = await database.inTransaction(async (transaction) => {
      const written = await ledger.enterWhole(transaction, [{ ...entry, ...line }]);
      await marks.remove(transaction, [entry.id]);
      if (written.has(entry.id)) tally.enter(entry, line.state);
      else tally.repeat(entry);
      await addToAccount(transaction, tally);
      if (written.has(entry.id)) return [changedOutcome(entry, line, options.now())];
      return (await readOutcomes(transaction, [entry.id])).map((outcome) => knownOutcome(outcome, entry));
    }, this.#lane);
    marks.forget([entry.id]);
    meter.committed(tally);
    tell(this.#context, outcomes);
  }
}

function wantsSavepoints(run: BatchRun, entries: readonly Entry[]): boolean {
  if (run.needsSavepoints) return true;
  if (entries.length === 1 || run.failedIn === 'batch') return false;
  return run.failedIn === 'one-at-a-time' || entries.every(runsOneAtATime);
}

function runsOneAtATime(entry: Entry): boolean {
  return !isRunnable(entry) || !isBatchHandler(entry.runnable.binding.handler);
}
