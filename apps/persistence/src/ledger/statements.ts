/** Whether a strict command's key has an earlier line that is not settled. */
const BLOCKED = `EXISTS (
  SELECT FROM command_ledger b
  WHERE b.stream = a.stream AND b.key = a.key AND b.state IN ('retrying', 'parked', 'dead'))`;

/**
 * Lines, on the assumption that they will be applied. Positions are drawn in the order of delivery; the rows are then written in
 * the order of their ids, so that two batches with the same ids cannot deadlock. The lanes' accounts grow with them, in the same
 * round trip.
 */
const ARRIVED = `
WITH a AS MATERIALIZED (
  SELECT nextval('command_ledger_position') AS position, d.*
  FROM UNNEST($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::float8[], $9::text[],
    $10::text[], $11::text[], $12::text[])
    AS d (id, lane, type, stream, key, strict, fingerprint, accepted_ms, source, external_id, principal, trace_parent)
), entered AS (
INSERT INTO command_ledger (id, position, lane, state, type, stream, key, fingerprint, attempts, accepted_at, source,
  external_id, principal, trace_parent)
SELECT a.id, a.position, a.lane,
  CASE
    WHEN to_timestamp(a.accepted_ms / 1000) < (SELECT purged_before FROM installation) THEN 'dead'
    WHEN a.strict AND ${BLOCKED} THEN 'parked'
    ELSE 'applied'
  END,
  a.type, a.stream, a.key, decode(a.fingerprint, 'hex'), 1, to_timestamp(a.accepted_ms / 1000), a.source, a.external_id,
  a.principal, a.trace_parent
FROM a
ORDER BY a.id
ON CONFLICT (id) DO NOTHING
RETURNING id, lane, state
), counted AS (
INSERT INTO lane_account AS l (lane, entered, applied)
SELECT lane, count(*), count(*) FILTER (WHERE state = 'applied') FROM entered GROUP BY lane
ON CONFLICT (lane) DO UPDATE SET entered = l.entered + excluded.entered, applied = l.applied + excluded.applied
)
SELECT id, state FROM entered`;

const STATE_COLUMNS = `state text, attempts integer, due_ms float8, expires_ms float8, unavailable_ms float8, error_code text,
  error_message text, failure_group text, history jsonb, payload text, headers jsonb`;

/** Lines as one JSON document: for what is rare, where clear text counts more than speed. */
const WHOLE = `
INSERT INTO command_ledger (id, position, lane, state, type, stream, key, fingerprint, attempts, accepted_at, due_at,
  expires_at, unavailable_since, error_code, error_message, failure_group, history, payload, headers, source, external_id,
  principal, trace_parent)
SELECT l.id, nextval('command_ledger_position'), l.lane, l.state, l.type, l.stream, l.key, decode(l.fingerprint, 'hex'),
  l.attempts, to_timestamp(l.accepted_ms / 1000), to_timestamp(l.due_ms / 1000), to_timestamp(l.expires_ms / 1000),
  to_timestamp(l.unavailable_ms / 1000), l.error_code, l.error_message, l.failure_group, l.history,
  decode(l.payload, 'base64'), l.headers, l.source, l.external_id, l.principal, l.trace_parent
FROM jsonb_to_recordset($1::jsonb) AS l (id uuid, lane integer, type text, stream text, key text, fingerprint text, accepted_ms float8,
  source text, external_id text, principal text, trace_parent text, ${STATE_COLUMNS})`;

/** The statements that exactly-once hangs on, in one object so that tests can show what happens with others. */
export interface LedgerStatements {
  /** An array for each column of a line. Returns id and state of those that are new. */
  readonly arrived: string;
  /** $1 lines as JSON. Returns the ids of those that are new: a line that is there already is never overwritten. */
  readonly whole: string;
}

export const ledgerStatements: LedgerStatements = {
  arrived: ARRIVED,
  whole: `${WHOLE}\nON CONFLICT (id) DO NOTHING RETURNING id`,
};

/** As `whole`, for messages that do not decode: their line counts how often they arrived. */
export const undecodedStatement = `${WHOLE}
ON CONFLICT (id) DO UPDATE SET arrivals = command_ledger.arrivals + 1, updated_at = now()
RETURNING arrivals`;

/** $1 states as JSON; for lines that this transaction has under its lane's lock. */
export const changeStatement = `
UPDATE command_ledger c SET
  state = l.state, attempts = l.attempts, due_at = to_timestamp(l.due_ms / 1000),
  expires_at = to_timestamp(l.expires_ms / 1000), unavailable_since = to_timestamp(l.unavailable_ms / 1000),
  error_code = l.error_code, error_message = l.error_message, failure_group = l.failure_group, history = l.history,
  payload = decode(l.payload, 'base64'), headers = l.headers, updated_at = now()
FROM jsonb_to_recordset($1::jsonb) AS l (id uuid, ${STATE_COLUMNS})
WHERE c.id = l.id`;

export const resultsStatement = `
UPDATE command_ledger c SET result = r.result::jsonb
FROM UNNEST($1::uuid[], $2::text[]) AS r (id, result)
WHERE c.id = r.id`;
