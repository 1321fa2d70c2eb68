import type { NoticedOutcome } from '#messaging';
import type { Transaction } from '../database/transaction.js';
import type { Ledger } from '../ledger/ledger.js';
import { readOutcomes } from '../ledger/outcomes.js';
import type { Tally } from '../reconciliation/tally.js';
import { conflictLine } from './decode.js';
import type { Entry } from './entry.js';
import { changedOutcome, knownOutcome } from './teller.js';

/**
 * Duplicates are not run: their outcome is read and told again. With another fingerprint the first outcome stays; the gateway
 * sees the difference, and a foreign command gets a dead line of its own.
 */
export async function tellAgain(
  ledger: Ledger,
  transaction: Transaction,
  tally: Tally,
  known: readonly Entry[],
  nowMs: number,
): Promise<NoticedOutcome[]> {
  if (known.length === 0) return [];
  for (const entry of known) tally.repeat(entry);
  const outcomes = await readOutcomes(
    transaction,
    known.map((entry) => entry.id),
  );
  const fingerprints = new Map(outcomes.map((outcome) => [outcome.commandId, outcome.fingerprint]));
  const conflicts = known.flatMap((entry) => {
    const first = fingerprints.get(entry.id);
    const differs = first !== undefined && first !== entry.fingerprint;
    return differs && entry.conflictId ? [{ entry, line: conflictLine(entry, entry.conflictId, nowMs) }] : [];
  });
  const lines = conflicts.map(({ line }) => line);
  const entered = await ledger.enterWhole(transaction, tally.lane, lines);
  for (const line of lines) if (entered.has(line.id)) tally.enter(line, line.state);
  return [
    ...outcomes.map(knownOutcome),
    ...conflicts.map(({ entry, line }) => changedOutcome({ ...entry, id: line.id }, line, nowMs)),
  ];
}
