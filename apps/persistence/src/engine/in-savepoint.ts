import { classOf, type TransactionFailure } from '../database/error-table.js';
import type { Transaction } from '../database/transaction.js';
import { Rejected } from '../handling/handler.js';
import type { Problem } from '../ledger/line.js';
import type { RunnableEntry } from './entry.js';
import type { Handled, HandlerCalls } from './handler-call.js';
import { concernsTheTransaction } from './verdict.js';

export type RunInSavepoint =
  | { readonly kind: 'handled'; readonly handled: Handled }
  | { readonly kind: 'rejected'; readonly problem: Problem }
  | { readonly kind: 'failed'; readonly failure: TransactionFailure };

/** Runs one command so that nothing of it is left if it fails or is refused. Throws what concerns the whole transaction. */
export async function runInSavepoint(
  transaction: Transaction,
  calls: HandlerCalls,
  { runnable }: RunnableEntry,
): Promise<RunInSavepoint> {
  await transaction.query('SAVEPOINT command');
  try {
    const handled = await calls.call(runnable.binding, [runnable.command]);
    await transaction.query('RELEASE SAVEPOINT command');
    return { kind: 'handled', handled };
  } catch (error) {
    const failure = transaction.failure(error);
    if (concernsTheTransaction(classOf(failure)) || calls.interrupted) throw error;
    await transaction.query('ROLLBACK TO SAVEPOINT command');
    if (!(error instanceof Rejected)) return { kind: 'failed', failure };
    return { kind: 'rejected', problem: { code: error.code, message: error.message } };
  }
}
