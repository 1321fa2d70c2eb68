import type { LedgerState } from '#contracts';
import type { Database } from '../database/database.js';
import type { Transaction } from '../database/transaction.js';
import { addToAccount } from '../reconciliation/lane-account.js';
import { Tally } from '../reconciliation/tally.js';
import { releaseNext } from './release.js';

export interface OperatorAction {
  readonly operator: string;
  readonly reason?: string | undefined;
}

/** `done` changed the line and left an audit line; every other outcome changed nothing. `not-replayable`: it has no type to be run by. */
export interface Operated {
  readonly outcome: 'done' | 'not-found' | 'not-dead' | 'not-replayable';
  /** The line's state afterwards; null where there is none. */
  readonly state: LedgerState | null;
}

/**
 * Tries a dead letter again, with as many attempts as a new command has; its history stays. Of several operators at once one
 * gets `done`. Nudge the retry worker afterwards, or it finds out by itself within a second.
 */
export function replayLine(database: Database, commandId: string, action: OperatorAction): Promise<Operated> {
  return operate(database, commandId, 'replay', action, async (transaction, line) => {
    if (line.type === null) return { outcome: 'not-replayable', state: line.state };
    await transaction.query(
      `UPDATE command_ledger SET state = 'retrying', attempts = 0, due_at = to_timestamp($2::float8 / 1000),
         unavailable_since = NULL, updated_at = now()
       WHERE id = $1`,
      [commandId, Date.now()],
    );
    await transaction.query(`DELETE FROM command_start WHERE id = $1`, [commandId]);
    return { outcome: 'done', state: 'retrying' };
  });
}

/** Gives a dead letter up for good; what waits behind it in its key goes on. Nudge the retry worker as after a replay. */
export function discardLine(database: Database, commandId: string, action: OperatorAction): Promise<Operated> {
  return operate(database, commandId, 'discard', action, async (transaction, line) => {
    await transaction.query(
      `UPDATE command_ledger SET state = 'discarded', due_at = NULL, payload = NULL, headers = NULL, updated_at = now()
       WHERE id = $1`,
      [commandId],
    );
    await releaseNext(transaction, line.stream, line.key, Date.now());
    const tally = new Tally(line.lane);
    tally.change('discarded');
    await addToAccount(transaction, tally);
    return { outcome: 'done', state: 'discarded' };
  });
}

interface OperatedLine {
  readonly lane: number;
  readonly state: LedgerState;
  readonly type: string | null;
  readonly stream: string | null;
  readonly key: string | null;
}

async function operate(
  database: Database,
  commandId: string,
  name: 'replay' | 'discard',
  { operator, reason }: OperatorAction,
  change: (transaction: Transaction, line: OperatedLine) => Promise<Operated>,
): Promise<Operated> {
  const [found] = await database.query<{ lane: number }>(`SELECT lane FROM command_ledger WHERE id = $1`, [commandId]);
  if (!found) return { outcome: 'not-found', state: null };
  return database.inTransaction(async (transaction) => {
    const [line] = await transaction.query<OperatedLine>(
      `SELECT lane, state, type, stream, key FROM command_ledger WHERE id = $1 FOR UPDATE`,
      [commandId],
    );
    if (!line) return { outcome: 'not-found', state: null };
    if (line.state !== 'dead') return { outcome: 'not-dead', state: line.state };
    const operated = await change(transaction, line);
    if (operated.outcome === 'done') {
      await transaction.query(
        `INSERT INTO ledger_audit (command_id, operator, action, reason) VALUES ($1, $2, $3, $4)`,
        [commandId, operator, name, reason ?? null],
      );
    }
    return operated;
  }, found.lane);
}
