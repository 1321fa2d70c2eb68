import rhea, { type Message } from 'rhea';
import { readMessage, writeAttributes, type Delivery, type Envelope } from '#messaging';
import { bodyOf } from './body.js';
import { Unreadable } from './decoding.js';

/** Far below what both brokers take: larger bodies than this slow all others down. */
export const MESSAGE_BYTES_MAX = 4 * 1024 ** 2;

/** What Classic adds to a message of a group when it delivers it. */
const DELIVERY_PROPERTIES = ['JMSXGroupFirstForConsumer', 'JMSXDeliveryCount'];
const UUID_BYTES = 16;

/** An envelope as the broker takes it. The attributes say all; the message's own fields say it to programs that read no attributes. */
export function messageOf(envelope: Envelope): Message {
  const { id, type, timeMs, body } = envelope;
  return {
    durable: true,
    message_id: id,
    subject: type,
    creation_time: new Date(timeMs),
    content_type: 'application/json',
    // All values are strings: JMS has no type for the numbers of this protocol that are not signed.
    application_properties: writeAttributes(envelope, 'cloudEvents_'),
    body: rhea.message.data_section(Buffer.from(body.buffer, body.byteOffset, body.byteLength)),
  };
}

/** What the broker hands over, whoever sent it. */
export function deliveryOf(message: Message | Unreadable | Buffer, lane: number): Delivery {
  if (message instanceof Unreadable) {
    return { kind: 'undecoded', body: message.bytes, headers: {}, reason: message.reason };
  }
  if (Buffer.isBuffer(message)) {
    return { kind: 'undecoded', body: message, headers: {}, reason: 'It has a message format of its own.' };
  }
  return readMessage({
    body: bodyOf(message.body),
    headers: sentPropertiesOf(message.application_properties),
    native: {
      id: textOf(message.message_id),
      type: textOf(message.subject),
      timeMs: millisecondsOf(message.creation_time),
      contentType: textOf(message.content_type),
      contentEncoding: textOf(message.content_encoding),
      correlationId: textOf(message.correlation_id),
      groupId: textOf(message.group_id),
      sender: textOf(message.user_id),
    },
    lane,
    receivedMs: Date.now(),
    bodyBytesMax: MESSAGE_BYTES_MAX,
  });
}

/** Without what a broker adds when it delivers: the same message must stay the same. */
function sentPropertiesOf(properties: Record<string, unknown> | undefined): Record<string, unknown> {
  if (!properties) return {};
  for (const name of DELIVERY_PROPERTIES) if (name in properties) delete properties[name];
  return properties;
}

function millisecondsOf(time: unknown): number | undefined {
  const timeMs = time instanceof Date ? time.getTime() : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** Ids may be texts, numbers, UUIDs and bytes; a user is bytes. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (!Buffer.isBuffer(value)) return undefined;
  if (value.byteLength !== UUID_BYTES) return value.toString();
  const hex = value.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
