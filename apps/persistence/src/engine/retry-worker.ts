import { Logger } from '@nestjs/common';
import { SuspectsFound } from './batch-run.js';
import { abortable, type EngineContext } from './context.js';
import { patiently, type Tried } from './patience.js';
import { RetryRun, type Retried } from './retry-run.js';

/** The most due lines of a lane that are read at once. */
const DUE_MAX = 200;
/** What is due sooner than this is waited for this long, so that the worker never spins. */
const SLEEP_MS_MIN = 5;

/** Takes lines that are due, lane by lane in order of position, until it is stopped. Waits while the database is away. */
export class RetryWorker {
  readonly #context: EngineContext;
  readonly #log = new Logger('RetryWorker');
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #nudged = false;

  constructor(context: EngineContext) {
    this.#context = context;
  }

  start(): void {
    this.#running ??= this.#work();
  }

  /** Looks for due lines now: after a replay, a discard, or a batch that left lines to retry. */
  nudge(): void {
    this.#nudged = true;
    this.#wake?.();
  }

  /** Resolves when the line in hand is settled. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('The retry worker has stopped.'));
    this.#wake?.();
    await this.#running;
  }

  async #work(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#context.breaker.untilClosed(signal);
        this.#nudged = false;
        const nextDueAtMs = await this.#takeDue();
        await this.#sleep(nextDueAtMs === undefined ? Infinity : nextDueAtMs - this.#context.options.now());
      } catch (error) {
        if (signal.aborted) return;
        this.#log.warn(
          `Retries are held up and go on in a moment: ${error instanceof Error ? error.message : String(error)}`,
        );
        this.#nudged = false;
        await this.#sleep(Infinity);
      }
    }
  }

  /** Settles what is due in every lane, and returns when the next line will be. */
  async #takeDue(): Promise<number | undefined> {
    const { database, options } = this.#context;
    const lanes = await database.query<{ lane: number; due_ms: number }>(
      `SELECT lane, EXTRACT(EPOCH FROM due_at)::float8 * 1000 AS due_ms
       FROM generate_series(0, $1::int - 1) AS lanes (number)
       CROSS JOIN LATERAL (
         SELECT lane, due_at FROM command_ledger WHERE lane = number AND due_at IS NOT NULL ORDER BY due_at LIMIT 1) AS first`,
      [database.lanes],
    );
    const nowMs = options.now();
    const due = lanes.filter((lane) => lane.due_ms <= nowMs);
    const ended = await Promise.allSettled(due.map(({ lane }) => this.#takeLane(lane)));
    for (const lane of ended) if (lane.status === 'rejected') throw lane.reason;
    if (due.length > 0) return nowMs;
    return lanes.length === 0 ? undefined : Math.min(...lanes.map((lane) => lane.due_ms));
  }

  async #takeLane(lane: number): Promise<void> {
    const { database, options } = this.#context;
    const rows = await database.query<{ id: string }>(
      `SELECT id FROM command_ledger WHERE lane = $1 AND due_at <= to_timestamp($2::float8 / 1000)
       ORDER BY position LIMIT ${DUE_MAX}`,
      [lane, options.now()],
    );
    for (const { id } of rows) {
      for (let next: string | undefined = id; next !== undefined;) next = await this.#retry(lane, next);
    }
  }

  /** Returns the id of the command that this one's end has released. */
  async #retry(lane: number, id: string): Promise<string | undefined> {
    const { errorClass, run, tried } = await this.#try(lane, id);
    const { breaker, database, marks, meter, teller, timeouts } = this.#context;
    let retried: Retried;
    if (tried.done) {
      timeouts.break();
      retried = tried.value;
    } else {
      const { failure } = tried;
      if (errorClass === 'timeout' && timeouts.add(id, failure)) {
        breaker.trip();
        return id;
      }
      const recorded = await patiently(breaker, this.#stop.signal, () =>
        database.inTransaction((transaction) => run.record(transaction, failure), lane),
      );
      if (!recorded.done) throw recorded.failure;
      retried = recorded.value;
    }
    marks.forget([id]);
    if (retried.outcome) meter.retried(run.tally);
    if (retried.outcome) teller.tell([retried.outcome]);
    return retried.released;
  }

  async #try(lane: number, id: string): Promise<{ run: RetryRun; tried: Tried<Retried>; errorClass?: string }> {
    const { breaker, database, gate } = this.#context;
    for (let suspect = false; ; suspect = true) {
      let run = new RetryRun(this.#context, lane, id, suspect);
      const attempt = () =>
        abortable(this.#context, (abort) => {
          run = new RetryRun(this.#context, lane, id, suspect);
          return database.inTransaction((transaction) => run.settle(transaction, abort), lane);
        });
      const tried = await patiently(breaker, this.#stop.signal, () =>
        suspect ? gate.alone(attempt) : gate.beside(attempt),
      );
      if (tried.done) return { run, tried };
      if (!suspect && tried.failure.cause instanceof SuspectsFound) continue;
      return { run, tried, errorClass: tried.errorClass };
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#nudged || this.#stop.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, Math.min(this.#context.options.pollMsMax, Math.max(SLEEP_MS_MIN, ms)));
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
