import type { Transaction } from '../database/transaction.js';

/**
 * Lets the next command of a key go, in the transaction that ends the one before it, under the lane's lock: it is due at once.
 * Returns its id; undefined where none is parked at the head of the key. The ones behind it follow when it ends.
 */
export async function releaseNext(
  transaction: Transaction,
  stream: string | null,
  key: string | null,
  nowMs: number,
): Promise<string | undefined> {
  if (stream === null || key === null) return undefined;
  const [released] = await transaction.query<{ id: string }>(
    `UPDATE command_ledger SET state = 'retrying', due_at = to_timestamp($3::float8 / 1000), updated_at = now()
     WHERE state = 'parked' AND id = (
       SELECT id FROM command_ledger
       WHERE stream = $1 AND key = $2 AND state IN ('retrying', 'parked', 'dead')
       ORDER BY position LIMIT 1)
     RETURNING id`,
    [stream, key, nowMs],
  );
  return released?.id;
}
