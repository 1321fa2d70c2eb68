/** Frame types, classes and methods of AMQP 0-9-1, and what its delivery and its properties hold. */
export const METHOD = 1;
export const HEADER = 2;
export const BODY = 3;
export const FRAME_END = 0xce;
/** Type, channel and size before a frame's payload. */
export const FRAME_START_BYTES = 7;

const BASIC = 60;
/** Class and method as one number. */
const DELIVER = (BASIC << 16) | 60;
/** Class and weight before the size of the body, and that before the flags. */
const BODY_SIZE_AT = 4;
const FLAGS_AT = 12;
const LONG_STRING = 0x53;

/** Whose texts are short strings, in the order of their flags. The others among the properties are told apart below. */
const CONTENT_TYPE = 0x8000;
const CONTENT_ENCODING = 0x4000;
const HEADERS = 0x2000;
const DELIVERY_MODE = 0x1000;
const PRIORITY = 0x0800;
const CORRELATION_ID = 0x0400;
const REPLY_TO = 0x0200;
const EXPIRATION = 0x0100;
const MESSAGE_ID = 0x0080;
const TIMESTAMP = 0x0040;
const TYPE = 0x0020;
const USER_ID = 0x0010;
const APP_ID = 0x0008;
const CLUSTER_ID = 0x0004;
/** Of a second word of flags, and bits that mean nothing yet. */
const UNKNOWN = 0x0003;

/** A frame as the client's channels take it. */
export interface Frame {
  readonly channel: number;
  readonly id?: number;
  readonly size?: number;
  readonly fields?: unknown;
  readonly content?: Buffer;
}

/**
 * The frame whose payload stands between `start` and `end`, exactly as the client would have read it; undefined where it is none
 * of a delivery, or holds what only foreign senders write. Throws a `RangeError` where it is shorter than it says.
 */
export function readFrame(bytes: Buffer, type: number, channel: number, start: number, end: number): Frame | undefined {
  switch (type) {
    case BODY:
      return { channel, content: bytes.subarray(start, end) };
    case METHOD:
      return bytes.readUInt32BE(start) === DELIVER ? readDelivery(bytes, channel, start + 4) : undefined;
    case HEADER:
      return bytes.readUInt16BE(start) === BASIC ? readHeader(bytes, channel, start, end) : undefined;
    default:
      return undefined;
  }
}

function readDelivery(bytes: Buffer, channel: number, start: number): Frame {
  const tagEnd = start + 1 + bytes[start]!;
  const exchangeStart = tagEnd + 9;
  const exchangeEnd = exchangeStart + 1 + bytes[exchangeStart]!;
  const fields = {
    consumerTag: textAt(bytes, start + 1, tagEnd),
    deliveryTag: longAt(bytes, tagEnd),
    redelivered: (bytes[tagEnd + 8]! & 1) === 1,
    exchange: textAt(bytes, exchangeStart + 1, exchangeEnd),
    routingKey: textAt(bytes, exchangeEnd + 1, exchangeEnd + 1 + bytes[exchangeEnd]!),
  };
  return { id: DELIVER, channel, fields };
}

function readHeader(bytes: Buffer, channel: number, start: number, end: number): Frame | undefined {
  const flags = bytes.readUInt16BE(start + FLAGS_AT);
  if (flags === 0 || flags & UNKNOWN) return undefined;
  let at = start + FLAGS_AT + 2;
  const short = (flag: number): string | undefined => {
    if ((flags & flag) === 0) return undefined;
    const from = at + 1;
    at = from + bytes[at]!;
    return textAt(bytes, from, at);
  };
  const octet = (flag: number): number | undefined => (flags & flag ? bytes[at++] : undefined);
  const long = (flag: number): number | undefined => {
    if ((flags & flag) === 0) return undefined;
    at += 8;
    return longAt(bytes, at - 8);
  };
  const contentType = short(CONTENT_TYPE);
  const contentEncoding = short(CONTENT_ENCODING);
  let headers: Record<string, string> | undefined;
  if (flags & HEADERS) {
    const tableEnd = at + 4 + bytes.readUInt32BE(at);
    headers = readTexts(bytes, at + 4, tableEnd);
    if (!headers) return undefined;
    at = tableEnd;
  }
  const fields = {
    contentType,
    contentEncoding,
    headers,
    deliveryMode: octet(DELIVERY_MODE),
    priority: octet(PRIORITY),
    correlationId: short(CORRELATION_ID),
    replyTo: short(REPLY_TO),
    expiration: short(EXPIRATION),
    messageId: short(MESSAGE_ID),
    timestamp: long(TIMESTAMP),
    type: short(TYPE),
    userId: short(USER_ID),
    appId: short(APP_ID),
    clusterId: short(CLUSTER_ID),
  };
  if (at > end) throw new RangeError('The properties of a message are longer than their frame.');
  return { id: BASIC, channel, size: longAt(bytes, start + BODY_SIZE_AT), fields };
}

/** A table whose values are all texts, and end where it ends; undefined for any other. */
function readTexts(bytes: Buffer, start: number, end: number): Record<string, string> | undefined {
  const texts: Record<string, string> = {};
  for (let at = start; at < end;) {
    const nameEnd = at + 1 + bytes[at]!;
    if (bytes[nameEnd] !== LONG_STRING) return undefined;
    const valueStart = nameEnd + 5;
    const valueEnd = valueStart + bytes.readUInt32BE(nameEnd + 1);
    if (valueEnd > end) return undefined;
    texts[nameAt(bytes, at + 1, nameEnd)] = textAt(bytes, valueStart, valueEnd);
    at = valueEnd;
  }
  return texts;
}

/** The names of headers are few, and the same for all commands; foreign senders may bring others. */
const NAMES_MAX = 1_000;
const names = new Map<number, { readonly bytes: Buffer; readonly name: string }>();

function nameAt(bytes: Buffer, start: number, end: number): string {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
  const known = names.get(hash);
  if (known && isAt(known.bytes, bytes, start, end)) return known.name;
  const name = textAt(bytes, start, end);
  if (names.size >= NAMES_MAX) names.clear();
  names.set(hash, { bytes: Buffer.from(bytes.subarray(start, end)), name });
  return name;
}

function isAt(known: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (known.byteLength !== end - start) return false;
  for (let at = 0; at < known.byteLength; at++) if (known[at] !== bytes[start + at]) return false;
  return true;
}

function textAt(bytes: Buffer, start: number, end: number): string {
  return start === end ? '' : bytes.toString('utf8', start, end);
}

function longAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
