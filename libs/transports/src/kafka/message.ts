import type { MessageRecord } from '@platformatic/kafka';
import { readMessage, writeAttributes, type Delivery, type Envelope } from '#messaging';

/** What other transports take too, and little enough that a batch of records holds it. */
export const MESSAGE_BYTES_MAX = 4 * 1024 ** 2;
/** What a record has beside its key, body and headers, at the most. */
const RECORD_OVERHEAD_BYTES = 64;

const CONTENT_TYPE: readonly [Buffer, Buffer] = [Buffer.from('content-type'), Buffer.from('application/json')];

/** A record as it was read. */
export interface StoredRecord {
  readonly offset: bigint;
  /** Where the topic has it so, the time at which it was stored. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly body: Uint8Array | null;
  readonly headers: readonly (readonly [name: Buffer | null, value: Buffer | null])[];
}

/** An envelope as the broker takes it: the lane is the partition, and the key is where other programs look for it. */
export function recordOf(envelope: Envelope, topic: string): MessageRecord {
  const { body, partitionKey, lane } = envelope;
  const headers = new Map<Buffer, Buffer>([CONTENT_TYPE]);
  const attributes = writeAttributes(envelope, 'ce_');
  for (const name in attributes) headers.set(Buffer.from(name), Buffer.from(attributes[name]!));
  const value = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const key = partitionKey === '' ? {} : { key: Buffer.from(partitionKey) };
  return { topic, partition: lane, value, headers, ...key };
}

/** About how many bytes a record takes in its batch. */
export function recordBytes({ key, value, headers }: MessageRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + value.byteLength + (key?.byteLength ?? 0);
  for (const [name, text] of headers ?? []) bytes += name.byteLength + text.byteLength + 10;
  return bytes;
}

/** What a record is, whoever sent it. */
export function deliveryOf({ key, body, headers, timestampMs }: StoredRecord, lane: number): Delivery {
  return readMessage({
    body: body ?? new Uint8Array(),
    headers: Object.fromEntries(headers.map(([name, value]) => [name?.toString() ?? '', value])),
    native: { groupId: key === null ? undefined : Buffer.from(key).toString(), timeMs: timestampMs },
    lane,
    receivedMs: timestampMs,
    bodyBytesMax: MESSAGE_BYTES_MAX,
  });
}
