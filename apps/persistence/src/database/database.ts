import { instanceName } from '#starting';
import { Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DataSource, type EntityManager, type EntitySchema, type MixedList, type QueryRunner } from 'typeorm';
import { CreateLedger1763800000000 } from '../migrations/1763800000000-create-ledger.js';
import { CreateOrdersAndReadings1763800000001 } from '../migrations/1763800000001-create-orders-and-readings.js';
import { CreateTransportMoves1763800000002 } from '../migrations/1763800000002-create-transport-moves.js';
import { CreateAccounts1763800000003 } from '../migrations/1763800000003-create-accounts.js';
import { TransactionFailure } from './error-table.js';
import { prepareInstallation } from './installation.js';
import { Permits } from './permits.js';
import { TransactionSteps } from './transaction-steps.js';
import { TrackedClient } from './tracked-client.js';
import { Transaction } from './transaction.js';

export interface DatabaseOptions {
  readonly url: string;
  /** How many lanes the installation has; refused when the database records another number. */
  readonly lanes: number;
  readonly entities?: MixedList<string | Function | EntitySchema>;
  readonly migrations?: MixedList<string | Function>;
  /** The most transactions at a time. The pool holds some connections more, for what runs beside them. Default 8. */
  readonly transactionsMax?: number;
  /** Default 60,000 ms. */
  readonly statementTimeoutMs?: number;
  /** How long a transaction may wait for its handler; longer than any contract's `handlerTimeoutMs`. Default 60,000 ms. */
  readonly idleInTransactionTimeoutMs?: number;
  /** How long one waits for a lane or a row that another holds. Default 10,000 ms. */
  readonly lockTimeoutMs?: number;
  /** How long one waits for a connection. Default 5,000 ms. */
  readonly connectTimeoutMs?: number;
  readonly steps?: TransactionSteps;
  /**
   * Runs at the end of a first opening, when the tables are there and before anybody uses them; processes take turns. May
   * reject with `InstallationRefused`.
   */
  readonly prepare?: (runner: QueryRunner) => Promise<void>;
}

export interface Connections {
  readonly busy: number;
  readonly idle: number;
  /** How many wait for one. */
  readonly awaited: number;
}

/** In the order in which they run. */
export const migrations = [
  CreateLedger1763800000000,
  CreateOrdersAndReadings1763800000001,
  CreateTransportMoves1763800000002,
  CreateAccounts1763800000003,
];

/** Connections beside the transactions': marks of careful starts, cancellations, queries, the probe. */
export const SPARE_CONNECTIONS = 4;
/** How long a database that is well may take to stop a statement. */
const CANCEL_MS_MAX = 3_000;
/** How much longer than the server's own limit one waits for an answer before the network is taken for dead. */
const ANSWER_GRACE_MS = 5_000;

/**
 * The one way to PostgreSQL. Opened by `open`, as often as it takes; until then every use fails as unavailable. It never
 * retries by itself and never ends the process.
 */
@Injectable()
export class Database {
  readonly lanes: number;
  /** How long the server lets a transaction wait for its handler before it ends the connection. */
  readonly idleInTransactionTimeoutMs: number;
  readonly #options: DatabaseOptions;
  readonly #steps: TransactionSteps;
  readonly #permits: Permits;
  #dataSource: DataSource | undefined;
  #opening: Promise<void> | undefined;
  #closed = false;
  #schemaKey = 0;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.lanes = options.lanes;
    this.idleInTransactionTimeoutMs = options.idleInTransactionTimeoutMs ?? 60_000;
    this.#steps = options.steps ?? new TransactionSteps();
    this.#permits = new Permits(options.transactionsMax ?? 8);
  }

  get isOpen(): boolean {
    return this.#dataSource !== undefined;
  }

  /** For queries outside of commands. Throws a `TransactionFailure` while the database has never been reached. */
  get manager(): EntityManager {
    return this.#opened().manager;
  }

  get dataSource(): DataSource {
    return this.#opened();
  }

  /** The pool's connections now; none before the database has been reached. */
  get connections(): Connections {
    const pool = (this.#dataSource?.driver as { master?: pg.Pool } | undefined)?.master;
    if (!pool) return { busy: 0, idle: 0, awaited: 0 };
    const { totalCount, idleCount, waitingCount } = pool;
    return { busy: totalCount - idleCount, idle: idleCount, awaited: waitingCount };
  }

  /** Connects, migrates and checks the installation, once; a failed try may be repeated. Rejects with `InstallationRefused` where repeating is vain. */
  open(): Promise<void> {
    if (this.#dataSource) return Promise.resolve();
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  /** Writes and commits: only that shows that commands can be applied again. */
  async probe(): Promise<void> {
    await this.open();
    await this.query(`UPDATE installation SET probed_at = now()`);
  }

  /** Keeps one connection busy for so long with nothing. Rejects with a `TransactionFailure` if it does not last. */
  async stand(ms: number): Promise<void> {
    await this.query('SELECT pg_sleep($1)', [ms / 1_000]);
  }

  /** One statement, committed by itself. Rejects with a `TransactionFailure`. */
  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const transaction = await this.#connect();
    let failure: TransactionFailure | undefined;
    try {
      return await transaction.query<Row>(text, values);
    } catch (error) {
      throw (failure = transaction.failure(error));
    } finally {
      await transaction.release(failure);
    }
  }

  /**
   * Runs `work` in a transaction, under the lock of `lane` where one is given, and commits. Resolved: committed. Rejected with a
   * `TransactionFailure`: not committed, or, where the connection was lost during COMMIT, unknown; of origin `pool` where `work`
   * was not even begun.
   */
  inTransaction<Value>(work: (transaction: Transaction) => Promise<Value>, lane?: number): Promise<Value> {
    const lock = lane === undefined ? undefined : { schemaKey: this.#schemaKey, lane };
    return this.#transact((transaction) => this.#steps.begin(transaction, lock), work, lane);
  }

  /**
   * As `inTransaction`, under the locks of those of `lanes` that nobody holds at the moment. `work` is told which; what belongs to
   * the others it must leave alone.
   */
  inSharedTransaction<Value>(
    lanes: readonly number[],
    work: (transaction: Transaction, held: ReadonlySet<number>) => Promise<Value>,
  ): Promise<Value> {
    const locks = { schemaKey: this.#schemaKey, lanes };
    return this.#transact((transaction) => this.#steps.beginShared(transaction, locks), work);
  }

  /**
   * Gives a transaction up and stops what it runs now; best effort. A database that does not answer even that is away, and so
   * is the transaction's connection, whatever the reason is thought to be.
   */
  async cancel({ client }: Transaction, reason: Error): Promise<void> {
    client.abandon(reason);
    const answered = this.query('SELECT pg_cancel_backend($1)', [client.backendPid]).then(() => true);
    const silent = delay(CANCEL_MS_MAX, false, { ref: false });
    if (await Promise.race([answered.catch(() => false), silent])) return;
    client.giveUp(new Error(`The database answers nothing: ${reason.message}`));
  }

  /** Idempotent. Ends every connection. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => undefined);
    const dataSource = this.#dataSource;
    this.#dataSource = undefined;
    if (dataSource?.isInitialized) await dataSource.destroy();
  }

  async #open(): Promise<void> {
    if (this.#closed) throw new TransactionFailure('pool', new Error('The database has been closed.'));
    const dataSource = new DataSource(dataSourceOptions(this.#options, this.idleInTransactionTimeoutMs));
    try {
      await dataSource.initialize();
      this.#schemaKey = await prepareInstallation(dataSource, this.lanes, this.#options.prepare);
    } catch (error) {
      if (dataSource.isInitialized) await dataSource.destroy();
      throw error;
    }
    this.#dataSource = dataSource;
  }

  #opened(): DataSource {
    if (this.#dataSource) return this.#dataSource;
    throw new TransactionFailure('pool', new Error('The database has not been reached yet.'));
  }

  async #transact<Begun, Value>(
    begin: (transaction: Transaction) => Promise<Begun>,
    work: (transaction: Transaction, begun: Begun) => Promise<Value>,
    lane?: number,
  ): Promise<Value> {
    const giveBack = await this.#permits.take();
    try {
      const transaction = await this.#connect();
      let failure: TransactionFailure | undefined;
      let unbegun: Error | undefined;
      try {
        const begun = await begin(transaction).catch((error: unknown) => {
          failure = transaction.failure(error);
          throw (unbegun = notBegun(failure, lane));
        });
        const value = await work(transaction, begun);
        await this.#steps.commit(transaction);
        return value;
      } catch (error) {
        failure ??= transaction.failure(error);
        throw unbegun ?? failure;
      } finally {
        await transaction.release(failure);
      }
    } finally {
      giveBack();
    }
  }

  async #connect(): Promise<Transaction> {
    const runner = this.#opened().createQueryRunner();
    const client = (await runner.connect().catch((error: unknown) => {
      throw new TransactionFailure('pool', error);
    })) as TrackedClient;
    client.forgetErrors();
    return new Transaction(client, runner);
  }
}

/** Another owner of the lane holds its lock. Nobody's fault: one waits on. */
export class LaneBusy extends Error {
  override readonly name = 'LaneBusy';
}

/** Waiting took longer than `lock_timeout`, or than `statement_timeout` where that is shorter. */
const WAITED_TOO_LONG = ['55P03', '57014'];

/** Whatever kept the transaction from beginning, nothing that it was to run is to blame. */
function notBegun(failure: TransactionFailure, lane: number | undefined): Error {
  if (lane !== undefined && WAITED_TOO_LONG.includes(failure.sqlState ?? ''))
    return new LaneBusy(`Lane ${lane} is held by another process or transaction.`);
  return new TransactionFailure('pool', failure.cause);
}

function dataSourceOptions(options: DatabaseOptions, idleInTransactionTimeoutMs: number) {
  const statementTimeoutMs = options.statementTimeoutMs ?? 60_000;
  return {
    type: 'postgres' as const,
    driver: pg,
    url: options.url,
    entities: options.entities ?? [],
    migrations: options.migrations ?? migrations,
    installExtensions: false,
    logging: false as const,
    poolSize: (options.transactionsMax ?? 8) + SPARE_CONNECTIONS,
    connectTimeoutMS: options.connectTimeoutMs ?? 5_000,
    // So that who looks at the database's sessions and locks sees which instance they are of.
    applicationName: `sluice-persistence ${instanceName()}`,
    // An idle connection that breaks is replaced when it is next needed; without a listener it would end the process.
    poolErrorHandler: () => undefined,
    extra: {
      Client: TrackedClient,
      statement_timeout: statementTimeoutMs,
      query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
      lock_timeout: options.lockTimeoutMs ?? 10_000,
      idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      options: '-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4',
    },
  };
}
