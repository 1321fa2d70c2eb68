import type { Delivery, Envelope } from '#messaging';

/** Lane and length of the record that follows, 4 bytes each. */
const FRAME_BYTES = 8;
/** Length of the head, before the head. */
const LENGTH_BYTES = 4;

/** An envelope's fields as JSON, which escapes lone surrogates, so that every string survives UTF-8; the body stays as it is. */
export interface Record {
  readonly lane: number;
  readonly head: string;
  readonly body: Uint8Array;
  /** What it takes up in a group. */
  readonly bytes: number;
}

export function toRecord(envelope: Envelope): Record {
  const { id, type, source, partitionKey, timeMs, attributes, lane, body } = envelope;
  const head = JSON.stringify([id, type, source, partitionKey, timeMs, attributes]);
  return { lane, head, body, bytes: FRAME_BYTES + LENGTH_BYTES + Buffer.byteLength(head) + body.byteLength };
}

/** Lays records one after another into memory of their own, so that it can be handed to another thread without a copy. */
export function packGroup(records: readonly Record[]): Uint8Array<ArrayBuffer> {
  const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
  const group = Buffer.from(new ArrayBuffer(bytes));
  let at = 0;
  for (const { lane, head, body, bytes: recordBytes } of records) {
    const headBytes = recordBytes - FRAME_BYTES - LENGTH_BYTES - body.byteLength;
    group.writeUInt32LE(lane, at);
    group.writeUInt32LE(recordBytes - FRAME_BYTES, at + 4);
    group.writeUInt32LE(headBytes, at + FRAME_BYTES);
    group.write(head, at + FRAME_BYTES + LENGTH_BYTES);
    group.set(body, at + FRAME_BYTES + LENGTH_BYTES + headBytes);
    at += recordBytes;
  }
  return group;
}

/** The records of a packed group, in order, as views of it. */
export function* unpackGroup(group: Uint8Array): Generator<{ lane: number; record: Uint8Array }> {
  const view = new DataView(group.buffer, group.byteOffset, group.byteLength);
  for (let at = 0; at < group.byteLength;) {
    const recordBytes = view.getUint32(at + 4, true);
    yield { lane: view.getUint32(at, true), record: group.subarray(at + FRAME_BYTES, at + FRAME_BYTES + recordBytes) };
    at += FRAME_BYTES + recordBytes;
  }
}

/** The delivery that a stored record makes; a damaged one is handed over as the bytes that are left of it. */
export function toDelivery(lane: number, seq: number, record: Uint8Array, intact: boolean): Delivery {
  if (!intact) return damaged(lane, seq, record, 'its checksum does not fit its bytes');
  try {
    const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
    const bodyAt = LENGTH_BYTES + bytes.readUInt32LE(0);
    const head: unknown = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, bodyAt));
    if (!isHead(head)) return damaged(lane, seq, record, 'its head is not that of an envelope');
    const [id, type, source, partitionKey, timeMs, attributes] = head;
    const body = new Uint8Array(record.buffer, record.byteOffset + bodyAt, record.byteLength - bodyAt);
    const envelope = { id, type, source, partitionKey, lane, timeMs, attributes: Object.freeze(attributes), body };
    return { kind: 'decoded', envelope: Object.freeze(envelope) };
  } catch (error) {
    return damaged(lane, seq, record, `it does not read as an envelope: ${String(error)}`);
  }
}

type Head = [string, string, string, string, number, { [name: string]: string }];

/** What another process wrote, or another version, is looked at before anybody relies on it. */
function isHead(head: unknown): head is Head {
  if (!Array.isArray(head)) return false;
  const [id, type, source, partitionKey, timeMs, attributes] = head as unknown[];
  return [id, type, source, partitionKey].every(isText) && typeof timeMs === 'number' && areAttributes(attributes);
}

function areAttributes(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isText);
}

const isText = (value: unknown): boolean => typeof value === 'string';

function damaged(lane: number, seq: number, record: Uint8Array, why: string): Delivery {
  const body = new Uint8Array(record.buffer, record.byteOffset, record.byteLength);
  const reason = `Entry ${seq} of lane ${lane} was damaged in the spool: ${why}. The body is all that was stored of it.`;
  return { kind: 'undecoded', body, headers: {}, reason };
}
