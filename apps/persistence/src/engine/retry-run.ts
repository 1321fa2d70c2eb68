import { FINAL_STATES } from '#contracts';
import type { NoticedOutcome } from '#messaging';
import type { TransactionFailure } from '../database/error-table.js';
import type { Transaction } from '../database/transaction.js';
import { failureGroupOf, withAttempt } from '../ledger/failure.js';
import type { LineState, Problem } from '../ledger/line.js';
import { releaseNext } from '../ledger/release.js';
import { addToAccount } from '../reconciliation/lane-account.js';
import { Tally } from '../reconciliation/tally.js';
import { crashedProblem, SuspectsFound } from './batch-run.js';
import { circumstancesOf, type EngineContext } from './context.js';
import { isBehindAnother, readDueLine, type DueLine } from './due-line.js';
import { isRunnable, keptOf, type Entry, type RunnableEntry } from './entry.js';
import { HandlerCalls } from './handler-call.js';
import { runInSavepoint } from './in-savepoint.js';
import { appliedOutcome, changedOutcome } from './teller.js';
import { verdictOn, type Past } from './verdict.js';

/** What a try at a due line came to, once its transaction has committed. */
export interface Retried {
  readonly outcome?: NoticedOutcome;
  /** The next command of the key, which is due now. */
  readonly released?: string | undefined;
}

interface Ran {
  readonly line: LineState;
  readonly result?: string | undefined;
}

/** One try at one due line, in a transaction of its own under its lane's lock. */
export class RetryRun {
  /** The line was marked as started. */
  started = false;
  /** What has been accounted for, if the transaction commits. */
  tally: Tally;

  readonly #context: EngineContext;
  readonly #id: string;
  readonly #suspect: boolean;
  readonly #nowMs: number;

  constructor(context: EngineContext, lane: number, id: string, suspect: boolean) {
    this.#context = context;
    this.tally = new Tally(lane);
    this.#id = id;
    this.#suspect = suspect;
    this.#nowMs = context.options.now();
  }

  async settle(transaction: Transaction, abort: AbortController): Promise<Retried> {
    const due = await readDueLine(transaction, this.#id, this.#context.registry, this.#nowMs);
    if (!due) return {};
    return this.#write(transaction, due.entry, await this.#fateOf(transaction, abort, due));
  }

  /** Writes down a failure that cost the transaction it happened in. */
  async record(transaction: Transaction, failure: TransactionFailure): Promise<Retried> {
    const due = await readDueLine(transaction, this.#id, this.#context.registry, this.#nowMs);
    if (!due) return {};
    if (!isRunnable(due.entry)) throw failure;
    return this.#write(transaction, due.entry, { line: this.#verdict(due.entry, failure, due.past) });
  }

  async #fateOf(transaction: Transaction, abort: AbortController, due: DueLine): Promise<Ran> {
    const { entry, past } = due;
    const { attempts, history } = past;
    if (entry.expiresAtMs !== null && entry.expiresAtMs <= this.#nowMs) {
      return { line: { state: 'expired', attempts, history } };
    }
    if (entry.strict && (await isBehindAnother(transaction, due))) {
      return { line: { state: 'parked', attempts, history, dueAtMs: entry.expiresAtMs, ...keptOf(entry) } };
    }
    if (!isRunnable(entry)) return { line: this.#dead(entry, past, entry.problem ?? NOT_RUNNABLE) };
    return this.#unavailable(entry, past) ?? this.#run(transaction, abort, entry, past);
  }

  /** What becomes of a line whose contract's breaker is open. */
  #unavailable(entry: RunnableEntry, past: Past): Ran | undefined {
    const untilMs = this.#context.contracts.openUntil(entry.runnable.command.type, this.#nowMs);
    if (untilMs === undefined) return undefined;
    const { attempts, history } = past;
    const unavailableSinceMs = past.unavailableSinceMs ?? this.#nowMs;
    const dueAtMs = Math.min(untilMs, entry.expiresAtMs ?? Infinity);
    return { line: { state: 'retrying', attempts, history, dueAtMs, unavailableSinceMs, ...keptOf(entry) } };
  }

  async #run(transaction: Transaction, abort: AbortController, entry: RunnableEntry, past: Past): Promise<Ran> {
    const crashed = await this.#start();
    if (crashed) return { line: this.#dead(entry, past, crashed) };
    const calls = new HandlerCalls(this.#context, transaction, abort);
    const ran = await runInSavepoint(transaction, calls, entry);
    const attempts = past.attempts + 1;
    const { history } = past;
    if (ran.kind === 'failed') return { line: this.#verdict(entry, ran.failure, past) };
    const rejection = ran.kind === 'rejected' ? ran.problem : ran.handled.rejections.get(entry.id);
    if (rejection) return { line: { state: 'rejected', attempts, history, error: rejection } };
    const result = ran.kind === 'handled' ? ran.handled.results.get(entry.id) : undefined;
    return { line: { state: 'applied', attempts, history }, result };
  }

  /** Marks the start. Returns why it must not run any more. */
  async #start(): Promise<Problem | undefined> {
    const { marks, options } = this.#context;
    if (!this.#suspect) {
      const suspects = await marks.markUnlessSuspect([this.#id]);
      if (suspects.length > 0) throw new SuspectsFound(new Set(suspects));
    }
    const crashes = this.#suspect ? await marks.markAgain(this.#id) : 0;
    this.started = true;
    return crashes < options.crashesMax ? undefined : crashedProblem(crashes);
  }

  async #write(transaction: Transaction, entry: Entry, { line, result }: Ran): Promise<Retried> {
    const { ledger, marks } = this.#context;
    await ledger.change(transaction, [{ id: entry.id, ...line }]);
    if (result !== undefined) await ledger.keepResults(transaction, new Map([[entry.id, result]]));
    await marks.remove(transaction, [entry.id]);
    this.tally = new Tally(this.tally.lane);
    this.tally.change(line.state);
    await addToAccount(transaction, this.tally);
    const ended = FINAL_STATES.has(line.state);
    const released = ended ? await releaseNext(transaction, entry.stream, entry.key, this.#nowMs) : undefined;
    const outcome =
      line.state === 'applied'
        ? appliedOutcome(entry, line.attempts, result, this.#nowMs)
        : changedOutcome(entry, line, this.#nowMs);
    return { outcome, released };
  }

  #verdict(entry: RunnableEntry, failure: TransactionFailure, past: Past): LineState {
    return verdictOn(entry, failure, past, circumstancesOf(this.#context));
  }

  #dead(entry: Entry, past: Past, error: Problem): LineState {
    return {
      state: 'dead',
      attempts: past.attempts,
      error,
      failureGroup: failureGroupOf(entry.type, error),
      history: withAttempt(past.history, past.attempts, this.#nowMs, error),
      ...keptOf(entry),
    };
  }
}

const NOT_RUNNABLE: Problem = { code: 'not-runnable', message: 'It cannot be run.' };
