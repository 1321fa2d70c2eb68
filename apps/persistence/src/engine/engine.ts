import { Injectable, Logger } from '@nestjs/common';
import type { Consumer, Transport } from '#messaging';
import type { Database } from '../database/database.js';
import { InstallationRefused } from '../database/installation.js';
import { Ledger } from '../ledger/ledger.js';
import { StartMarks } from '../ledger/starts.js';
import type { LedgerStatements } from '../ledger/statements.js';
import { EngineMeter } from '../metrics/engine-meter.js';
import { BatchEngine } from './batch-engine.js';
import { Breaker } from './breaker.js';
import type { EngineContext } from './context.js';
import { ContractBreakers } from './contract-breakers.js';
import { Gate } from './gate.js';
import type { HandlerRegistry } from './handler-registry.js';
import { defaultEngineOptions, type EngineOptions } from './options.js';
import { RetryWorker } from './retry-worker.js';
import { Teller } from './teller.js';
import { TimeoutStreak } from './timeout-streak.js';

export interface EngineParts {
  readonly database: Database;
  readonly registry: HandlerRegistry;
  readonly transport: Pick<Transport, 'consume' | 'publish' | 'notify'>;
  readonly options?: Partial<EngineOptions>;
  readonly statements?: LedgerStatements;
  readonly meter?: EngineMeter;
}

/** How long the log is spared another reason of one outage. */
const REASON_MS = 10_000;

/**
 * Persistence's engine as one thing: consumes the transport's batches, retries what is due, waits while the database is away,
 * and stops in order.
 */
@Injectable()
export class Engine {
  readonly batches: BatchEngine;
  readonly retries: RetryWorker;
  readonly breaker: Breaker;

  readonly #log = new Logger('Engine');
  readonly #database: Database;
  readonly #transport: EngineParts['transport'];
  readonly #options: EngineOptions;
  readonly #context: EngineContext;
  readonly #stopping = new AbortController();
  #consumer: Consumer | undefined;
  #holding: NodeJS.Timeout | undefined;
  #paused: Promise<void> | undefined;
  #toldReason = '';
  #toldAt = 0;

  constructor({ database, registry, transport, options, statements, meter }: EngineParts) {
    registry.refuseLongerThan(database.idleInTransactionTimeoutMs);
    this.#database = database;
    this.#transport = transport;
    this.#options = { ...defaultEngineOptions, ...options };
    this.breaker = new Breaker({
      probe: () => this.#probe(),
      stand: (ms) => database.stand(ms),
      random: this.#options.random,
    });
    this.#context = {
      database,
      registry,
      breaker: this.breaker,
      ledger: new Ledger(statements),
      marks: new StartMarks(database, this.#options.instance),
      contracts: new ContractBreakers(),
      gate: new Gate(),
      teller: new Teller(transport),
      meter: meter ?? new EngineMeter(database.lanes),
      timeouts: new TimeoutStreak(),
      options: this.#options,
      running: new Set(),
      nudge: () => this.retries.nudge(),
    };
    this.batches = new BatchEngine(this.#context, transport);
    this.retries = new RetryWorker(this.#context);
    this.breaker.watch((open) => this.#onBreaker(open));
  }

  /**
   * Resolves once the database has been reached and the transport is consumed, however long that takes. Rejects with
   * `InstallationRefused` or a `TransportError`, which waiting does not mend.
   */
  async start(): Promise<void> {
    if (!this.#database.isOpen) this.breaker.trip();
    await this.breaker.untilClosed(this.#stopping.signal);
    const { batchMax, batchBytesMax, batchWaitMs, prefetch } = this.#options;
    const options = { batchMax, batchBytesMax, batchWaitMs, prefetch };
    this.#consumer = await this.#transport.consume(options, this.batches.onBatch);
    if (this.breaker.isOpen) this.#onBreaker(true);
    this.retries.start();
  }

  /** Takes no more, lets what is in hand settle until the deadline, aborts the rest, and closes the database. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort(new Error('The engine stops.'));
    clearTimeout(this.#holding);
    const deadline = setTimeout(() => this.#abortRunning(), deadlineMs);
    await Promise.all([this.#consumer?.stop(deadlineMs), this.retries.stop()]);
    clearTimeout(deadline);
    this.#abortRunning();
    this.breaker.stop();
    if (!this.breaker.isOpen) await this.#context.marks.takeBack();
    await this.#database.close();
  }

  #abortRunning(): void {
    this.batches.giveBack();
    for (const abort of this.#context.running) abort.abort(new Error('The process must stop.'));
  }

  /** Tells why the database is away: a wrong DATABASE_URL looks like an outage otherwise. */
  async #probe(): Promise<void> {
    try {
      await this.#database.probe();
      this.#toldAt = 0;
    } catch (error) {
      if (!this.#stopping.signal.aborted && !(error instanceof InstallationRefused)) this.#tellReason(reasonOf(error));
      throw error;
    }
  }

  /** The first of an outage at once, a later one that differs after a while: a server that starts gives several. */
  #tellReason(reason: string): void {
    const now = Date.now();
    if (this.#toldAt !== 0 && (reason === this.#toldReason || now - this.#toldAt < REASON_MS)) return;
    this.#toldAt = now;
    this.#toldReason = reason;
    this.#log.warn(`The database cannot be reached: ${reason}. If that does not pass, check DATABASE_URL.`);
  }

  #onBreaker(open: boolean): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#holding);
    if (open) {
      this.#log.warn('The database is away; commands wait.');
      this.#holding = setTimeout(() => this.#pause(), this.#options.holdMsMax);
    } else {
      this.#log.log('The database takes commands.');
      void this.#resume();
    }
  }

  /** Gives everything back, since brokers end who holds deliveries for long. */
  #pause(): void {
    const consumer = this.#consumer;
    if (!consumer) return;
    this.#paused = consumer.pause().catch((error: unknown) => this.#log.error(`Cannot pause: ${String(error)}`));
    this.batches.giveBack();
  }

  async #resume(): Promise<void> {
    if (!this.#paused) return;
    await this.#paused;
    this.#paused = undefined;
    await this.#context.marks.takeBack();
    this.batches.takeAgain();
    await this.#consumer?.resume().catch((error: unknown) => this.#log.error(`Cannot resume: ${String(error)}`));
  }
}

/** Node gives no message of its own when each address of a host refused. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.message === '' && error.cause !== undefined ? reasonOf(error.cause) : error.message;
}
