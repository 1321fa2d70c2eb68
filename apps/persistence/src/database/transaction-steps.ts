import { TransactionFailure } from './error-table.js';
import type { Transaction } from './transaction.js';

/** What a transaction begins with: the lock of its lane, as the two halves of an advisory lock's key. */
export interface LaneLock {
  readonly schemaKey: number;
  readonly lane: number;
}

/** The steps that exactly-once hangs on, in a class of their own so that tests can show what happens without them. */
export class TransactionSteps {
  /** One round trip for both: a batch that waits for its lane has seen nothing yet. */
  async begin(transaction: Transaction, lock: LaneLock | undefined): Promise<void> {
    const take = lock ? `; SELECT pg_advisory_xact_lock(${lock.schemaKey}, ${lock.lane})` : '';
    await transaction.client.query(`BEGIN${take}`);
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
