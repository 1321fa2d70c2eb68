import { hash } from 'node:crypto';
import { headers as emptyHeaders, MsgHdrsImpl, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import { readMessage, writeAttributes, type Delivery, type Envelope } from '#messaging';

/** What the largest attributes take up as headers, each byte of theirs encoded as three. */
export const HEADERS_BYTES_MAX = 160 * 1024;

const MESSAGE_ID = 'Nats-Msg-Id';
/** Enough that two commands never meet, and little for the server to remember. */
const MESSAGE_ID_LENGTH = 24;

/**
 * The headers of a command. What tells the server that it has it already is made of all that makes it the same delivery: a
 * foreign sender may have used the id for another one, or sent it by a lane that is not its own.
 */
export function headersOf(envelope: Envelope): MsgHdrs {
  const { id, source, lane, body } = envelope;
  const digest = hash('sha256', body, 'base64url');
  const identity = hash('sha256', JSON.stringify([lane, source, id, digest]), 'base64url');
  const record: Record<string, string> = {
    [MESSAGE_ID]: identity.slice(0, MESSAGE_ID_LENGTH),
    'Content-Type': 'application/json',
  };
  const attributes = writeAttributes(envelope, 'ce-');
  for (const name of Object.keys(attributes)) record[writable(name)] = attributes[name] ?? '';
  return MsgHdrsImpl.fromRecord(record as unknown as Record<string, string[]>);
}

/** A header's name is printable and ends at the first colon; a foreign command's attribute may be called anything. */
function writable(name: string): string {
  return /^[!-9;-~]+$/.test(name) ? name : encodeURIComponent(name.toWellFormed());
}

/** Where a message stands, as the server writes it into the address for an acknowledgement. */
export interface Place {
  /** Counts what this consumer was given, from 1. */
  readonly delivery: number;
  /** In the stream. */
  readonly sequence: number;
  readonly storedMs: number;
}

/** `$JS.ACK.` and stream, consumer, count, sequence, delivery, time and what waits; newer servers put two before, one behind. */
export function placeOf({ reply = '' }: Msg): Place {
  const tokens = reply.split('.');
  const [sequence, delivery, storedNs] = tokens.slice(tokens.length === OLD_LENGTH ? 5 : 7);
  return {
    delivery: Number(delivery),
    sequence: Number(sequence),
    storedMs: Math.floor(Number(storedNs) / NS_PER_MS),
  };
}

const OLD_LENGTH = 9;
const NS_PER_MS = 1_000_000;

/** What the server hands over, whoever sent it. */
export function deliveryOf(message: Msg, lane: number, storedMs: number, bodyBytesMax: number): Delivery {
  const headers = recordOf(message.headers ?? emptyHeaders());
  return readMessage({
    body: message.data,
    headers,
    native: { id: headers[MESSAGE_ID], timeMs: storedMs },
    lane,
    receivedMs: storedMs,
    bodyBytesMax,
  });
}

function recordOf(headers: MsgHdrs): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [name, values] of headers) record[name] = values.join(', ');
  return record;
}
