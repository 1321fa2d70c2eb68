import type { LedgerState } from '#contracts';
import type { Transaction } from '../database/transaction.js';
import type { FailedAttempt } from '../ledger/line.js';
import { readPayload } from './decode.js';
import type { Entry } from './entry.js';
import type { HandlerRegistry } from './handler-registry.js';
import type { Past } from './verdict.js';

interface DueRow {
  id: string;
  lane: number;
  position: string;
  state: LedgerState;
  type: string | null;
  stream: string | null;
  key: string | null;
  fingerprint: Buffer;
  attempts: number;
  accepted_at: Date;
  expires_at: Date | null;
  unavailable_since: Date | null;
  history: FailedAttempt[] | null;
  payload: Buffer | null;
  headers: Record<string, string> | null;
  source: string | null;
  external_id: string | null;
  principal: string | null;
  trace_parent: string | null;
}

/** A due line, as the retry worker has it in hand. */
export interface DueLine {
  readonly entry: Entry;
  /** A bigint in decimal digits. */
  readonly position: string;
  readonly past: Past;
}

/** Reads and locks a line if it is still due; another instance may have been faster. */
export async function readDueLine(
  transaction: Transaction,
  id: string,
  registry: HandlerRegistry,
  nowMs: number,
): Promise<DueLine | undefined> {
  const [row] = await transaction.query<DueRow>(
    `SELECT id, lane, position, state, type, stream, key, fingerprint, attempts, accepted_at, expires_at, unavailable_since,
       history, payload, headers, source, external_id, principal, trace_parent
     FROM command_ledger
     WHERE id = $1 AND state IN ('retrying', 'parked') AND due_at <= to_timestamp($2::float8 / 1000) FOR UPDATE`,
    [id, nowMs],
  );
  if (!row) return undefined;
  const unavailableSinceMs = row.unavailable_since?.getTime() ?? null;
  return {
    entry: entryOfRow(row, registry),
    position: row.position,
    past: { attempts: row.attempts, history: row.history ?? [], unavailableSinceMs },
  };
}

/** Whether an earlier line of the key has not ended. */
export async function isBehindAnother(transaction: Transaction, { entry, position }: DueLine): Promise<boolean> {
  const [row] = await transaction.query<{ behind: boolean }>(
    `SELECT EXISTS (
       SELECT FROM command_ledger
       WHERE stream = $1 AND key = $2 AND position < $3 AND state IN ('retrying', 'parked', 'dead')) AS behind`,
    [entry.stream, entry.key, position],
  );
  return row?.behind ?? false;
}

function entryOfRow(row: DueRow, registry: HandlerRegistry): Entry {
  const body = row.payload ?? Buffer.alloc(0);
  const binding = registry.of(row.type ?? '');
  const line = {
    id: row.id,
    lane: row.lane,
    type: row.type,
    stream: row.stream,
    key: row.key,
    fingerprint: row.fingerprint.toString('hex'),
    acceptedAtMs: row.accepted_at.getTime(),
    source: row.source,
    externalId: row.external_id,
    principal: row.principal,
    traceParent: row.trace_parent,
    body,
    attributes: row.headers ?? {},
    expiresAtMs: row.expires_at?.getTime() ?? null,
    conflictId: undefined,
    strict: binding?.contract.stream.ordering === 'strict',
  };
  if (!binding) {
    const message = `Nobody here handles '${row.type}'; deploy its handler, then replay.`;
    return { ...line, runnable: undefined, problem: { code: 'unknown-type', message } };
  }
  const read = readPayload(binding.contract, body);
  if ('problem' in read) return { ...line, runnable: undefined, problem: read.problem };
  const command = {
    id: row.id,
    type: binding.contract.type,
    key: read.key,
    payload: read.payload,
    attempt: row.attempts + 1,
    acceptedAt: row.accepted_at,
  };
  return { ...line, problem: undefined, runnable: { binding, command } };
}
