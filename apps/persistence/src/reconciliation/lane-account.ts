import type { Transaction } from '../database/transaction.js';
import type { Tally } from './tally.js';

const ADD = `
INSERT INTO lane_account AS a
  (lane, entered, applied, rejected, expired, discarded, duplicates, redelivered, elsewhere)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (lane) DO UPDATE SET
  entered = a.entered + excluded.entered, applied = a.applied + excluded.applied,
  rejected = a.rejected + excluded.rejected, expired = a.expired + excluded.expired,
  discarded = a.discarded + excluded.discarded, duplicates = a.duplicates + excluded.duplicates,
  redelivered = a.redelivered + excluded.redelivered, elsewhere = a.elsewhere + excluded.elsewhere`;

/** Adds what the lane's totals still lack, in the transaction that does what they count, under the lane's lock. */
export async function addToAccount(transaction: Transaction, tally: Tally): Promise<void> {
  const { owed } = tally;
  if (!owed) return;
  await transaction.rows({
    name: 'sluice-account-add',
    text: ADD,
    values: [
      tally.lane,
      owed.entered,
      owed.applied,
      owed.rejected,
      owed.expired,
      owed.discarded,
      owed.duplicates,
      owed.redelivered,
      owed.elsewhere,
    ],
  });
}
