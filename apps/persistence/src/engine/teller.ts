import type { LedgerState, Outcome } from '#contracts';
import { encodeNotice, type NoticedOutcome, type Transport } from '#messaging';
import type { LineState } from '../ledger/line.js';
import type { Entry } from './entry.js';

const NOTICE_BYTES_MAX = 64 * 1024;
/** What an outcome takes at most beside its result and message, so that a notice can be filled without measuring it. */
const OUTCOME_BYTES = 500;
const PLAIN_BYTES = 130;

/** Tells the gateways, and foreign programs, what has been committed. Hints: whoever needs the truth reads the ledger. */
export class Teller {
  readonly #notify: Transport['notify'];

  constructor(transport: Pick<Transport, 'notify'>) {
    this.#notify = transport.notify.bind(transport);
  }

  tell(outcomes: readonly NoticedOutcome[]): void {
    for (const part of partsOf(outcomes)) this.#notify(encodeNotice(part));
  }
}

export function appliedOutcome(
  entry: Entry,
  attempts: number,
  result: string | undefined,
  nowMs: number,
): NoticedOutcome {
  const plain = { commandId: entry.id, state: 'applied' as const, fingerprint: entry.fingerprint, ...senderOf(entry) };
  if (result === undefined) return plain;
  return {
    ...plain,
    outcome: outcomeOf(entry, { state: 'applied', attempts }, JSON.parse(result) as Outcome['result'], nowMs),
  };
}

export function changedOutcome(entry: Entry, line: LineState, nowMs: number): NoticedOutcome {
  const { id: commandId, fingerprint } = entry;
  const outcome = outcomeOf(entry, line, null, nowMs);
  return { commandId, state: line.state, fingerprint, ...senderOf(entry), outcome };
}

/** What is read of a command is told again to whoever sent it again. */
export function knownOutcome(outcome: Outcome, entry: Entry | undefined): NoticedOutcome {
  const { commandId, state, fingerprint } = outcome;
  return { commandId, state, fingerprint, ...(entry && senderOf(entry)), outcome };
}

/** A foreign sender knows its command by the id that it gave it. */
function senderOf({ source, externalId }: Entry): Pick<NoticedOutcome, 'source' | 'externalId'> {
  return externalId === null ? {} : { source: source ?? '', externalId };
}

function outcomeOf(
  entry: Entry,
  line: LineState & { state: LedgerState },
  result: Outcome['result'],
  nowMs: number,
): Outcome {
  return {
    commandId: entry.id,
    fingerprint: entry.fingerprint,
    type: entry.type,
    state: line.state,
    attempts: line.attempts,
    acceptedAt: new Date(entry.acceptedAtMs).toISOString(),
    updatedAt: new Date(nowMs).toISOString(),
    nextAttemptAt: line.state === 'retrying' && line.dueAtMs ? new Date(line.dueAtMs).toISOString() : null,
    error: line.error ?? null,
    result,
  };
}

function* partsOf(outcomes: readonly NoticedOutcome[]): Generator<NoticedOutcome[]> {
  let part: NoticedOutcome[] = [];
  let bytes = 0;
  for (const noticed of outcomes) {
    const added = sizeOf(noticed);
    if (bytes + added > NOTICE_BYTES_MAX && part.length > 0) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(noticed);
    bytes += added;
  }
  if (part.length > 0) yield part;
}

function sizeOf({ source = '', externalId = '', outcome }: NoticedOutcome): number {
  const sender = externalId === '' ? 0 : Buffer.byteLength(JSON.stringify({ source, externalId }));
  return sender + sizeOfOutcome(outcome);
}

function sizeOfOutcome(outcome: Outcome | undefined): number {
  if (!outcome) return PLAIN_BYTES;
  const message = outcome.error ? Buffer.byteLength(JSON.stringify(outcome.error)) : 0;
  return OUTCOME_BYTES + message + (outcome.result === null ? 0 : Buffer.byteLength(JSON.stringify(outcome.result)));
}
