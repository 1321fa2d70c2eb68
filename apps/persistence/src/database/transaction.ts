import type { EntityManager, QueryRunner } from 'typeorm';
import { TransactionFailure, sparesTheConnection } from './error-table.js';
import type { TrackedClient } from './tracked-client.js';

export interface Statement {
  /** Prepared under this name once per connection. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** One open transaction on a connection of its own. */
export class Transaction {
  readonly #runner: QueryRunner;

  constructor(
    readonly client: TrackedClient,
    runner: QueryRunner,
  ) {
    this.#runner = runner;
    // TypeORM has to know that a transaction is open, or its `save` would begin and commit one of its own.
    Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
  }

  get manager(): EntityManager {
    return this.#runner.manager;
  }

  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, [...values])).rows;
  }

  /** Rows as arrays, in the order of the columns. */
  async rows<Row extends unknown[]>(statement: Statement): Promise<Row[]> {
    const result = await this.client.query<Row>({
      ...statement,
      values: [...(statement.values ?? [])],
      rowMode: 'array',
    });
    return result.rows;
  }

  /** Says what an error that came out of the transaction is really due to. */
  failure(error: unknown): TransactionFailure {
    const { abandoned, lost, firstError } = this.client;
    if (lost) return new TransactionFailure('connection', lost);
    if (abandoned) return new TransactionFailure('code', abandoned);
    if (firstError) return new TransactionFailure('server', firstError);
    if (error instanceof TransactionFailure) return error;
    for (let link = error; link instanceof Error; link = deeper(link)) {
      if (this.client.sent(link)) return new TransactionFailure('server', link);
      if (link.message === READ_TIMEOUT) return new TransactionFailure('connection', link);
    }
    return new TransactionFailure('code', error);
  }

  /** Gives the connection back, rolled back where the transaction failed, or ends it where nobody can use it any more. */
  async release(failure?: TransactionFailure): Promise<void> {
    const reusable = await this.#isReusable(failure);
    Object.assign(this.#runner, { isTransactionActive: false, transactionDepth: 0 });
    if (reusable) return this.#runner.release();
    const runner = this.#runner as unknown as { releasePostgresConnection(error: Error): Promise<void> };
    await runner.releasePostgresConnection(new Error('Its transaction was not committed.'));
    this.client.sever();
  }

  async #isReusable(failure: TransactionFailure | undefined): Promise<boolean> {
    if (this.client.lost || this.client.abandoned) return false;
    if (!failure) return true;
    return sparesTheConnection(failure) && (await this.client.rollBack(ROLLBACK_MS_MAX));
  }
}

/** A rollback that takes longer waits for statements that its handler has left behind. */
const ROLLBACK_MS_MAX = 1_000;

/** The words of `pg` when an answer did not come within `query_timeout`. */
const READ_TIMEOUT = 'Query read timeout';

function deeper(error: Error): unknown {
  return (error as { driverError?: unknown }).driverError ?? error.cause;
}
