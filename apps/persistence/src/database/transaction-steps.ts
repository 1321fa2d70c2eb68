import { TransactionFailure } from './error-table.js';
import type { Transaction } from './transaction.js';

/** What a transaction begins with: the lock of its lane, as the two halves of an advisory lock's key. */
export interface LaneLock {
  readonly schemaKey: number;
  readonly lane: number;
}

/** The locks of several lanes. */
export interface LaneLocks {
  readonly schemaKey: number;
  readonly lanes: readonly number[];
}

/** The steps that exactly-once hangs on, in a class of their own so that tests can show what happens without them. */
export class TransactionSteps {
  /** One round trip for both: a batch that waits for its lane has seen nothing yet. */
  async begin(transaction: Transaction, lock: LaneLock | undefined): Promise<void> {
    const take = lock ? `; SELECT pg_advisory_xact_lock(${lock.schemaKey}, ${lock.lane})` : '';
    await transaction.client.query(`BEGIN${take}`);
  }

  /** Takes those locks that are free, and returns their lanes: who waited for one while holding others could deadlock. */
  async beginShared(transaction: Transaction, { schemaKey, lanes }: LaneLocks): Promise<Set<number>> {
    const text =
      `BEGIN; SELECT lane FROM UNNEST('{${lanes.join(',')}}'::integer[]) AS lanes (lane) ` +
      `WHERE pg_try_advisory_xact_lock(${schemaKey}, lane)`;
    // The type of `pg` knows no query of two statements, which has two results.
    const results = (await transaction.client.query(text)) as unknown as [unknown, { rows: { lane: number }[] }];
    return new Set(results[1].rows.map(({ lane }) => lane));
  }

  /** PostgreSQL answers the COMMIT of an aborted transaction with ROLLBACK and no error, so the tag decides. */
  async commit(transaction: Transaction): Promise<void> {
    const { command } = await transaction.client.query('COMMIT');
    if (command === 'COMMIT') return;
    throw new TransactionFailure(
      'server',
      transaction.client.firstError ?? new Error(`PostgreSQL answered COMMIT with ${command}.`),
    );
  }
}
