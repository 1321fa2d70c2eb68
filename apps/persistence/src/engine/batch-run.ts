import type { LedgerState } from '#contracts';
import type { NoticedOutcome } from '#messaging';
import type { TransactionFailure } from '../database/error-table.js';
import type { Transaction } from '../database/transaction.js';
import { isBatchHandler, Rejected } from '../handling/handler.js';
import { failureGroupOf } from '../ledger/failure.js';
import type { LineState, Problem } from '../ledger/line.js';
import { storable } from '../ledger/text.js';
import { addToAccount } from '../reconciliation/lane-account.js';
import { Tallies } from '../reconciliation/tally.js';
import { circumstancesOf, tell, type EngineContext } from './context.js';
import { deadOf } from './decode.js';
import { blockOf, isRunnable, keptOf, type Entry, type RunnableEntry } from './entry.js';
import { HandlerCalls } from './handler-call.js';
import { runInSavepoint } from './in-savepoint.js';
import { tellAgain } from './tell-again.js';
import { appliedOutcome, changedOutcome } from './teller.js';
import { NO_PAST, verdictOn } from './verdict.js';
import { wavesOf, type Group } from './waves.js';

export interface BatchMode {
  /** A savepoint around each command of a one-at-a-time handler, so that its failure or refusal is its own. */
  readonly savepoints: boolean;
  /** Of these lanes, starts are counted and committed before handlers run. */
  readonly carefulLanes: ReadonlySet<number>;
  /** The one command is suspected of having ended a process and runs alone. */
  readonly suspect: boolean;
}

/** Careful mode has found commands that were started before and never ended. Nothing was run. */
export class SuspectsFound extends Error {
  override readonly name = 'SuspectsFound';

  constructor(readonly ids: ReadonlySet<string>) {
    super('Commands were started before and never ended.');
  }
}

/** One try at settling entries, those of a lane in their order, in one transaction that holds the lanes' locks. */
export class BatchRun {
  /** Commands that were marked as started. */
  readonly started: string[] = [];
  /** What kind of handler was running when the transaction failed; undefined outside of handlers. */
  failedIn: 'one-at-a-time' | 'batch' | undefined;
  /** A command was refused after it had written or failed: only a savepoint can part the refusal from that. */
  needsSavepoints = false;
  /** What has been accounted for, if the transaction commits. */
  readonly tallies = new Tallies();

  readonly #context: EngineContext;
  readonly #entries: readonly Entry[];
  readonly #mode: BatchMode;
  readonly #nowMs: number;
  /** Lines that do not become `applied`. */
  readonly #aside = new Map<string, LineState>();
  readonly #results = new Map<string, string>();
  #outcomes: readonly NoticedOutcome[] = [];
  /** Keys that this batch itself has blocked. */
  readonly #blocked = new Set<string>();

  constructor(context: EngineContext, entries: readonly Entry[], mode: BatchMode) {
    this.#context = context;
    this.#entries = entries;
    this.#mode = mode;
    this.#nowMs = context.options.now();
  }

  /** Call `committed` once the transaction has. */
  async settle(transaction: Transaction, abort: AbortController): Promise<void> {
    const { ledger, marks } = this.#context;
    const states = await ledger.enter(transaction, this.#entries);
    const entered: Entry[] = [];
    const known: Entry[] = [];
    for (const entry of this.#entries) {
      const state = states.get(entry.id);
      (state === undefined ? known : entered).push(entry);
      if (state !== undefined) this.tallies.of(entry).noteInAccount(state);
    }
    const again = await tellAgain(ledger, transaction, this.tallies, known, this.#nowMs);
    const runnable = await this.#start(this.#sortOut(entered, states));
    const calls = new HandlerCalls(this.#context, transaction, abort);
    for (const wave of wavesOf(runnable)) {
      for (const group of wave) await this.#runGroup(transaction, calls, group);
    }
    this.failedIn = undefined;
    await ledger.change(
      transaction,
      [...this.#aside].map(([id, line]) => ({ id, ...line })),
    );
    await ledger.keepResults(transaction, this.#results);
    for (const entry of entered) this.tallies.of(entry).enter(entry, this.#aside.get(entry.id)?.state ?? 'applied');
    for (const tally of this.tallies) await addToAccount(transaction, tally);
    if (this.started.length > 0) await marks.remove(transaction, this.started);
    this.#outcomes = [...again, ...entered.map((entry) => this.#outcomeOf(entry))];
  }

  /** Lets this process and the gateways know. */
  committed(): void {
    const { marks, meter, timeouts } = this.#context;
    marks.forget(this.started);
    timeouts.break();
    for (const tally of this.tallies) meter.committed(tally);
    tell(this.#context, this.#outcomes);
  }

  /** Lays aside what is not to be run, and returns the rest, in order. */
  #sortOut(entered: readonly Entry[], states: ReadonlyMap<string, LedgerState>): RunnableEntry[] {
    return entered.filter((entry): entry is RunnableEntry => {
      const line = this.#fateOf(entry, states.get(entry.id));
      if (line) this.#layAside(entry, line);
      return line === undefined;
    });
  }

  #fateOf(entry: Entry, state: LedgerState | undefined): LineState | undefined {
    const nowMs = this.#nowMs;
    if (state === 'dead') return deadOf(entry, OLDER_THAN_DEDUPLICATION, nowMs);
    if (!isRunnable(entry)) return deadOf(entry, entry.problem ?? NOT_RUNNABLE, nowMs);
    if (entry.expiresAtMs !== null && entry.expiresAtMs <= nowMs) return { state: 'expired', attempts: 0 };
    if (state === 'parked' || this.#isBlocked(entry)) return parked(entry);
    const untilMs = this.#context.contracts.openUntil(entry.runnable.command.type, nowMs);
    if (untilMs === undefined) return undefined;
    return {
      state: 'retrying',
      attempts: 0,
      dueAtMs: Math.min(untilMs, entry.expiresAtMs ?? Infinity),
      unavailableSinceMs: nowMs,
      error: CONTRACT_UNAVAILABLE,
      failureGroup: failureGroupOf(entry.type, CONTRACT_UNAVAILABLE),
      history: [],
      ...keptOf(entry),
    };
  }

  async #start(runnable: RunnableEntry[]): Promise<RunnableEntry[]> {
    const { carefulLanes, suspect } = this.#mode;
    const ids = runnable.flatMap(({ id, lane }) => (carefulLanes.has(lane) ? [id] : []));
    if (ids.length === 0) return runnable;
    const { marks, options } = this.#context;
    if (suspect) {
      const [entry] = runnable as [RunnableEntry];
      const crashes = await marks.markAgain(entry.id);
      this.started.push(entry.id);
      if (crashes < options.crashesMax) return runnable;
      this.#layAside(entry, deadOf(entry, crashedProblem(crashes), this.#nowMs));
      return [];
    }
    const suspects = await marks.markUnlessSuspect(ids);
    if (suspects.length > 0) throw new SuspectsFound(new Set(suspects));
    this.started.push(...ids);
    return runnable;
  }

  async #runGroup(transaction: Transaction, calls: HandlerCalls, { binding, entries }: Group): Promise<void> {
    const free = this.#blocked.size === 0 ? entries : entries.filter((entry) => !this.#parkIfBlocked(entry));
    if (isBatchHandler(binding.handler)) {
      this.failedIn = 'batch';
      if (free.length > 0)
        this.#take(
          free,
          await calls.call(
            binding,
            free.map((entry) => entry.runnable.command),
          ),
        );
      return;
    }
    this.failedIn = 'one-at-a-time';
    for (const entry of free) {
      if (this.#mode.savepoints) await this.#runInSavepoint(transaction, calls, entry);
      else await this.#runPlain(transaction, calls, entry);
    }
  }

  async #runPlain(transaction: Transaction, calls: HandlerCalls, entry: RunnableEntry): Promise<void> {
    const effectsBefore = transaction.client.effects;
    try {
      this.#take([entry], await calls.call(entry.runnable.binding, [entry.runnable.command]));
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      if (transaction.client.effects !== effectsBefore || transaction.client.firstError) {
        this.needsSavepoints = true;
        throw error;
      }
      this.#reject(entry, { code: error.code, message: error.message });
    }
  }

  async #runInSavepoint(transaction: Transaction, calls: HandlerCalls, entry: RunnableEntry): Promise<void> {
    const ran = await runInSavepoint(transaction, calls, entry);
    if (ran.kind === 'handled') this.#take([entry], ran.handled);
    else if (ran.kind === 'rejected') this.#reject(entry, ran.problem);
    else this.#fail(entry, ran.failure);
  }

  #fail(entry: RunnableEntry, failure: TransactionFailure): void {
    this.#layAside(entry, verdictOn(entry, failure, NO_PAST, circumstancesOf(this.#context)));
  }

  #take(
    entries: readonly RunnableEntry[],
    { results, rejections }: { results: ReadonlyMap<string, string>; rejections: ReadonlyMap<string, Problem> },
  ): void {
    for (const [id, result] of results) this.#results.set(id, result);
    if (rejections.size === 0) return;
    for (const entry of entries) {
      const problem = rejections.get(entry.id);
      if (problem) this.#reject(entry, problem);
    }
  }

  #reject(entry: Entry, { code, message }: Problem): void {
    const error = { code: storable(code), message: storable(message) };
    this.#aside.set(entry.id, { state: 'rejected', attempts: 1, error });
  }

  #layAside(entry: Entry, line: LineState): void {
    this.#aside.set(entry.id, line);
    const block = blockOf(entry);
    if (block !== undefined && (line.state === 'dead' || line.state === 'retrying' || line.state === 'parked')) {
      this.#blocked.add(block);
    }
  }

  #parkIfBlocked(entry: Entry): boolean {
    const blocked = this.#isBlocked(entry);
    if (blocked) this.#layAside(entry, parked(entry));
    return blocked;
  }

  #isBlocked(entry: Entry): boolean {
    return entry.strict && this.#blocked.has(blockOf(entry) ?? '');
  }

  #outcomeOf(entry: Entry): NoticedOutcome {
    const aside = this.#aside.get(entry.id);
    if (aside) return changedOutcome(entry, aside, this.#nowMs);
    return appliedOutcome(entry, 1, this.#results.get(entry.id), this.#nowMs);
  }
}

const OLDER_THAN_DEDUPLICATION: Problem = {
  code: 'older-than-deduplication',
  message: 'It was accepted before the oldest command that the ledger remembers, so it may have been applied already.',
};
const NOT_RUNNABLE: Problem = { code: 'not-runnable', message: 'It cannot be run.' };
const CONTRACT_UNAVAILABLE: Problem = {
  code: 'contract-unavailable',
  message: 'What its handler needs is away; it is tried again without counting an attempt.',
};

function parked(entry: Entry): LineState {
  return { state: 'parked', attempts: 0, dueAtMs: entry.expiresAtMs, ...keptOf(entry) };
}

export function crashedProblem(crashes: number): Problem {
  return { code: 'crashed', message: `Its handler was started ${crashes} times and ended the process each time.` };
}
