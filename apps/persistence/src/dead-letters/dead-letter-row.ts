import type { AnswerOf, GetDeadLetter, LedgerState, ListDeadLetters } from '#contracts';

import { instantText } from '../requests/instant.js';

export type DeadLetterSummary = AnswerOf<typeof ListDeadLetters>['deadLetters'][number];
export type DeadLetter = NonNullable<AnswerOf<typeof GetDeadLetter>>;

/** Columns of `command_ledger l` that a summary is made of. A relaxed letter has nobody parked behind it. */
export const SUMMARY_COLUMNS = `
  l.id, l.type, l.stream, l.key, l.failure_group, l.error_code, l.error_message, l.attempts, l.accepted_at, l.updated_at,
  ${instantText('l.updated_at')} AS at,
  (SELECT count(*)::int FROM command_ledger p
   WHERE p.state = 'parked' AND p.stream = l.stream AND p.key = l.key AND p.position > l.position) AS parked_behind`;

export const WHOLE_COLUMNS = `${SUMMARY_COLUMNS}, l.state, l.source, l.external_id, l.headers, l.payload, l.arrivals, l.history`;

export interface SummaryRow {
  readonly id: string;
  readonly type: string | null;
  readonly stream: string | null;
  readonly key: string | null;
  readonly failure_group: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly attempts: number;
  readonly accepted_at: Date;
  readonly updated_at: Date;
  readonly at: string;
  readonly parked_behind: number;
}

export interface WholeRow extends SummaryRow {
  readonly state: LedgerState;
  readonly source: string | null;
  readonly external_id: string | null;
  readonly headers: Record<string, string> | null;
  readonly payload: Buffer | null;
  readonly arrivals: number;
  readonly history: DeadLetter['history'] | null;
}

export function toSummary(row: SummaryRow): DeadLetterSummary {
  return {
    commandId: row.id,
    type: row.type,
    stream: row.stream,
    key: row.key,
    failureGroup: row.failure_group ?? '',
    error: { code: row.error_code ?? 'unknown', message: row.error_message ?? '' },
    attempts: row.attempts,
    acceptedAt: row.accepted_at.toISOString(),
    deadAt: row.updated_at.toISOString(),
    parkedBehind: row.parked_behind,
  };
}

export function toDeadLetter(row: WholeRow, audit: DeadLetter['audit']): DeadLetter {
  const history = row.history ?? [];
  const summary = toSummary(row);
  return {
    ...summary,
    // A letter that was replayed died when its last attempt failed, not when its line changed last.
    deadAt: row.state === 'dead' ? summary.deadAt : (history.at(-1)?.at ?? summary.deadAt),
    state: row.state,
    source: row.source,
    externalId: row.external_id,
    headers: row.headers ?? {},
    payload: jsonOf(row.payload),
    payloadBase64: row.payload?.toString('base64') ?? null,
    arrivals: row.arrivals,
    history,
    audit,
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Null for bytes that are no JSON: they are shown in base64 anyhow. */
function jsonOf(bytes: Buffer | null): DeadLetter['payload'] {
  if (bytes === null) return null;
  try {
    return JSON.parse(utf8.decode(bytes)) as DeadLetter['payload'];
  } catch {
    return null;
  }
}
