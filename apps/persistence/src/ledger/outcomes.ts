import type { LedgerState, Outcome } from '#contracts';
import { uuidArray } from './text.js';

interface OutcomeRow {
  id: string;
  fingerprint: Buffer;
  type: string | null;
  state: LedgerState;
  attempts: number;
  accepted_at: Date;
  updated_at: Date;
  due_at: Date | null;
  error_code: string | null;
  error_message: string | null;
  result: Outcome['result'];
}

interface Reads {
  query<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]>;
}

/** The lines of these ids as their callers may see them; ids without a line are left out. */
export async function readOutcomes(through: Reads, ids: readonly string[]): Promise<Outcome[]> {
  const rows = await through.query<OutcomeRow>(
    `SELECT id, fingerprint, type, state, attempts, accepted_at, updated_at, due_at, error_code, error_message, result
     FROM command_ledger WHERE id = ANY ($1::uuid[])`,
    [uuidArray(ids)],
  );
  return rows.map(toOutcome);
}

function toOutcome(row: OutcomeRow): Outcome {
  return {
    commandId: row.id,
    fingerprint: row.fingerprint.toString('hex'),
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    acceptedAt: row.accepted_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    nextAttemptAt: row.state === 'retrying' ? (row.due_at?.toISOString() ?? null) : null,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    result: row.result,
  };
}
