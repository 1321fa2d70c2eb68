import { KEY_LENGTH_MAX, validate, type CommandContract } from '#contracts';
import {
  Attribute,
  fingerprintOf,
  laneOf,
  partitionKeyOf,
  type Batch,
  type Envelope,
  type Undecoded,
} from '#messaging';
import { failureGroupOf, withAttempt } from '../ledger/failure.js';
import { conflictId, identityOf, undecodedId } from '../ledger/identity.js';
import type { WholeLine } from '../ledger/ledger.js';
import type { Problem } from '../ledger/line.js';
import { storable, storableStart } from '../ledger/text.js';
import { keptOf, type Entry } from './entry.js';
import type { HandlerRegistry } from './handler-registry.js';

/** A batch, sorted by what has to be done with its deliveries. */
export interface Arrivals {
  /** In order of delivery, each id once. */
  readonly entries: Entry[];
  /** Lines of their own for foreign commands whose id another one of the batch has, with another payload. */
  readonly conflicts: WholeLine[];
  readonly undecoded: WholeLine[];
  /** Deliveries whose id another one of the batch has, and that need no line of their own. */
  readonly repeats: Entry[];
  /** Deliveries of another lane. */
  readonly misplaced: Misplaced[];
}

export interface Misplaced {
  readonly entry: Entry;
  /** Made out to the lane that its key belongs to. */
  readonly envelope: Envelope;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
/** The last millisecond of the year 9999. */
const TIME_MS_MAX = 253_402_300_799_999;

export function decodeBatch(batch: Batch, registry: HandlerRegistry, lanes: number, nowMs: number): Arrivals {
  const byId = new Map<string, Entry>();
  const arrivals: Arrivals = { entries: [], conflicts: [], undecoded: [], repeats: [], misplaced: [] };
  for (const delivery of batch.deliveries) {
    if (delivery.kind === 'undecoded') {
      arrivals.undecoded.push(undecodedLine(delivery, batch.lane, nowMs));
      continue;
    }
    const entry = entryOf(delivery.envelope, batch.lane, registry, nowMs);
    const lane = entry.runnable ? laneOf(partitionKeyOf(entry.stream ?? '', entry.key ?? ''), lanes) : batch.lane;
    const first = byId.get(entry.id);
    if (lane !== batch.lane) {
      const partitionKey = partitionKeyOf(entry.stream ?? '', entry.key ?? '');
      arrivals.misplaced.push({ entry, envelope: { ...delivery.envelope, partitionKey, lane } });
    } else if (!first) {
      byId.set(entry.id, entry);
      arrivals.entries.push(entry);
    } else if (entry.conflictId && first.fingerprint !== entry.fingerprint) {
      arrivals.conflicts.push(conflictLine(entry, entry.conflictId, nowMs));
    } else {
      arrivals.repeats.push(entry);
    }
  }
  return arrivals;
}

/** The dead line of a foreign command whose id is taken. */
export function conflictLine(entry: Entry, id: string, nowMs: number): WholeLine {
  const message = 'Its sender has used the id before, for a command with another payload.';
  return { ...entry, id, ...deadOf(entry, { code: 'id-conflict', message }, nowMs) };
}

/** The state of a line that was given up without a run. */
export function deadOf(entry: Entry, problem: Problem, nowMs: number) {
  return {
    state: 'dead' as const,
    attempts: 0,
    error: problem,
    failureGroup: failureGroupOf(entry.type, problem),
    history: withAttempt([], 0, nowMs, problem),
    ...keptOf(entry),
  };
}

export function entryOf(envelope: Envelope, lane: number, registry: HandlerRegistry, nowMs: number): Entry {
  const { attributes, body } = envelope;
  const { id, externalId } = identityOf(envelope);
  const timeMs = envelope.timeMs >= 0 && envelope.timeMs <= TIME_MS_MAX ? envelope.timeMs : nowMs;
  const fingerprint = fingerprintOf(body);
  const line = {
    id,
    lane,
    type: storable(envelope.type),
    fingerprint,
    acceptedAtMs: timeMs,
    source: externalId === null ? null : storable(envelope.source),
    externalId: externalId === null ? null : storable(externalId),
    principal: storableOrNull(attributes[Attribute.principal]),
    traceParent: storableOrNull(attributes[Attribute.traceParent]),
    body,
    attributes,
    conflictId: externalId === null ? undefined : conflictId(envelope, fingerprint),
  };
  const binding = registry.of(envelope.type);
  const unrunnable = { ...line, ...announcedKey(envelope.partitionKey), strict: false, runnable: undefined };
  if (!binding) {
    const message = `Nobody here handles '${line.type}'; deploy its handler, then replay.`;
    return { ...unrunnable, expiresAtMs: null, problem: { code: 'unknown-type', message } };
  }
  const { contract } = binding;
  const read = readPayload(contract, body);
  const expiry = expiryOf(contract, attributes, timeMs);
  if ('problem' in read || 'problem' in expiry) {
    const problem = 'problem' in read ? read.problem : 'problem' in expiry ? expiry.problem : undefined;
    const key = 'key' in read ? read.key : undefined;
    const place = key === undefined ? {} : { stream: contract.stream.name, key };
    return { ...unrunnable, ...place, expiresAtMs: null, problem };
  }
  const { key, payload } = read;
  return {
    ...line,
    stream: contract.stream.name,
    key,
    strict: contract.stream.ordering === 'strict',
    expiresAtMs: expiry.expiresAtMs,
    problem: undefined,
    runnable: {
      binding,
      command: { id, type: contract.type, key, payload, attempt: 1, acceptedAt: new Date(timeMs) },
    },
  };
}

export type ReadPayload = { key: string; payload: unknown } | { key: string | undefined; problem: Problem };

/** Validates a payload against its contract. An invalid one still says whom it would have concerned, where it can. */
export function readPayload(contract: CommandContract, body: Uint8Array): ReadPayload {
  let input: unknown;
  try {
    input = JSON.parse(decoder.decode(body));
  } catch {
    return { key: undefined, problem: { code: 'invalid-payload', message: 'The payload is not JSON in UTF-8.' } };
  }
  const checked = validate(contract.payload, input);
  const key = keyOf(contract, checked.valid ? checked.value : input);
  if (!checked.valid) {
    const faults = checked.faults.map((fault) => `${fault.pointer || '/'}: ${fault.detail}`).join(' ');
    return { key, problem: { code: 'invalid-payload', message: storableStart(faults, 1_000) } };
  }
  if (key !== undefined) return { key, payload: checked.value };
  const message = `Its key is not a text of 1 to ${KEY_LENGTH_MAX} characters without NUL.`;
  return { key, problem: { code: 'invalid-payload', message } };
}

function keyOf(contract: CommandContract, payload: unknown): string | undefined {
  try {
    const key: unknown = contract.key(payload);
    return typeof key === 'string' && key !== '' && key.length <= KEY_LENGTH_MAX && !key.includes('\0')
      ? key
      : undefined;
  } catch {
    return undefined;
  }
}

/** Where the sender says that a command belongs, for what cannot say so itself: later ones of the key wait behind it. */
function announcedKey(partitionKey: string): { stream: string | null; key: string | null } {
  const colon = partitionKey.indexOf(':');
  const key = partitionKey.slice(colon + 1);
  if (colon < 1 || key === '' || key.length > KEY_LENGTH_MAX || partitionKey.includes('\0'))
    return { stream: null, key: null };
  return { stream: partitionKey.slice(0, colon), key };
}

function expiryOf(
  contract: CommandContract,
  attributes: Readonly<Record<string, string>>,
  timeMs: number,
): { expiresAtMs: number | null } | { problem: Problem } {
  const own = contract.expiresAfterMs === undefined ? Infinity : timeMs + contract.expiresAfterMs;
  const asked = attributes[Attribute.expiryTime];
  const askedMs = asked === undefined ? Infinity : Date.parse(asked);
  if (Number.isNaN(askedMs)) {
    return { problem: { code: 'invalid-expiry', message: 'Its attribute `expirytime` is not an RFC 3339 time.' } };
  }
  const expiresAtMs = Math.min(own, askedMs);
  return { expiresAtMs: expiresAtMs > TIME_MS_MAX ? null : expiresAtMs };
}

function undecodedLine({ body, headers, reason }: Undecoded, lane: number, nowMs: number): WholeLine {
  const problem = { code: 'undecodable', message: storable(reason) };
  return {
    id: undecodedId(body, headers),
    lane,
    type: null,
    stream: null,
    key: null,
    strict: false,
    fingerprint: fingerprintOf(body),
    acceptedAtMs: nowMs,
    source: null,
    externalId: null,
    principal: null,
    traceParent: null,
    state: 'dead',
    attempts: 0,
    error: problem,
    failureGroup: failureGroupOf(null, problem),
    history: withAttempt([], 0, nowMs, problem),
    payload: body,
    headers,
  };
}

function storableOrNull(text: string | undefined): string | null {
  return text === undefined ? null : storable(text);
}
