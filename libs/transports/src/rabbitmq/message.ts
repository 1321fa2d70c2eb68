import type { ConsumeMessage, Message } from 'amqplib';
import { readMessage, writeAttributes, type Delivery, type Envelope } from '#messaging';
import type { Properties } from './publish-frames.js';

/** What AMQP's short strings hold. The attributes hold the whole value. */
const SHORT_BYTES_MAX = 255;
/** In UTF-8, of one unit of a string. */
const BYTES_PER_UNIT = 3;
const SECOND_MS = 1_000;

/** Far below what every broker takes: quorum queues keep bodies in a log, and large ones slow all others down. */
export const MESSAGE_BYTES_MAX = 4 * 1024 ** 2;

/** Of quorum queues; the second from 4.3 on. */
const REDELIVERY_HEADERS = ['x-delivery-count', 'x-acquired-count'];

/** An envelope as the broker takes it; `tag` tells two publishes of the same id apart when one comes back. */
export function messageOf(envelope: Envelope, tag: number): { body: Buffer; properties: Properties } {
  const { id, type, timeMs, body } = envelope;
  const properties = {
    contentType: 'application/json',
    headers: writeAttributes(envelope, 'cloudEvents:'),
    messageId: isShort(id) ? id : undefined,
    // The field has no sign; the attribute tells of a time before 1970 too.
    timestamp: timeMs >= 0 ? Math.floor(timeMs / SECOND_MS) : undefined,
    type: isShort(type) ? type : undefined,
    appId: String(tag),
  };
  return {
    properties,
    body: Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  };
}

function isShort(text: string): boolean {
  return text.length * BYTES_PER_UNIT <= SHORT_BYTES_MAX || Buffer.byteLength(text) <= SHORT_BYTES_MAX;
}

/** What the broker hands over, whoever sent it. */
export function deliveryOf(message: ConsumeMessage | Message, lane: number): Delivery {
  const { content, properties } = message;
  const { timestamp } = properties;
  return readMessage({
    body: content,
    headers: sentHeadersOf(properties.headers),
    native: {
      id: textOf(properties.messageId),
      type: textOf(properties.type),
      timeMs: typeof timestamp === 'number' ? timestamp * SECOND_MS : undefined,
      contentType: textOf(properties.contentType),
      contentEncoding: textOf(properties.contentEncoding),
      correlationId: textOf(properties.correlationId),
      sender: textOf(properties.appId),
    },
    lane,
    receivedMs: Date.now(),
    bodyBytesMax: MESSAGE_BYTES_MAX,
  });
}

/** Without what the broker adds when it delivers again: the same message must stay the same. */
function sentHeadersOf(headers: Record<string, unknown> | undefined): Record<string, unknown> {
  if (!headers) return {};
  for (const name of REDELIVERY_HEADERS) if (name in headers) delete headers[name];
  return headers;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
