import type { NoticedOutcome } from '#messaging';
import type { Transaction } from '../database/transaction.js';
import type { Ledger } from '../ledger/ledger.js';
import { readOutcomes } from '../ledger/outcomes.js';
import type { Tallies } from '../reconciliation/tally.js';
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
  tallies: Tallies,
  known: readonly Entry[],
  nowMs: number,
): Promise<NoticedOutcome[]> {
  if (known.length === 0) return [];
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
  const senders = new Map(known.map((entry) => [entry.id, entry]));
  const lines = conflicts.map(({ line }) => line);
  const entered = await ledger.enterWhole(transaction, lines);
  const conflictOf = new Map(conflicts.map(({ entry, line }) => [entry.id, line]));
  for (const entry of known) {
    const line = conflictOf.get(entry.id);
    // A delivery is accounted for once: by a line of its own, or as a repetition.
    if (line && entered.has(line.id)) tallies.of(line).enter(line, line.state);
    else tallies.of(entry).repeat(entry);
  }
  return [
    ...outcomes.map((outcome) => knownOutcome(outcome, senders.get(outcome.commandId))),
    ...conflicts.map(({ entry, line }) => changedOutcome({ ...entry, id: line.id }, line, nowMs)),
  ];
}
