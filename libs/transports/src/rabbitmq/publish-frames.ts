/** Frame types and classes of AMQP 0-9-1. */
const METHOD = 1;
const HEADER = 2;
const BODY = 3;
const BASIC = 60;
const PUBLISH = 40;
const FRAME_END = 0xce;
/** Type, channel and size before a frame's payload, and its end. */
const FRAME_START_BYTES = 7;
export const FRAME_BYTES = FRAME_START_BYTES + 1;

const MANDATORY = 1;
const PERSISTENT = 2;
const LONG_STRING = 0x53;
const SHORT_BYTES_MAX = 255;
/** What the client takes, and far more than the attributes of any command. */
const TABLE_BYTES_MAX = 65_536;

const HAS_CONTENT_TYPE = 0x8000;
const HAS_HEADERS = 0x2000;
const HAS_DELIVERY_MODE = 0x1000;
const HAS_MESSAGE_ID = 0x80;
const HAS_TIMESTAMP = 0x40;
const HAS_TYPE = 0x20;
const HAS_APP_ID = 0x08;

/** UTF-8 takes no more bytes for one unit of a string. */
const BYTES_PER_UNIT = 3;
const FIXED_BYTES_MAX = 256;
/** Length and tag of a header's name and value. */
const ENTRY_BYTES = 6;

/** The properties of a message, beside those that every command has. */
export interface Properties {
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly messageId: string | undefined;
  /** Whole seconds since the epoch, not negative. */
  readonly timestamp: number | undefined;
  readonly type: string | undefined;
  readonly appId: string | undefined;
}

/** The most bytes that the frames in front of a message's body take. */
export function headBytesMax(exchange: string, routingKey: string, properties: Properties): number {
  const { contentType = '', headers, messageId = '', type = '', appId = '' } = properties;
  let units = exchange.length + routingKey.length + contentType.length + messageId.length + type.length + appId.length;
  let bytes = FIXED_BYTES_MAX;
  for (const name in headers) {
    units += name.length + headers[name]!.length;
    bytes += ENTRY_BYTES;
  }
  return bytes + units * BYTES_PER_UNIT;
}

/**
 * Lays the frames in front of a body into the buffer: a mandatory, persistent `basic.publish` and the message's properties.
 * Returns where they end. Throws a `RangeError` for properties that AMQP cannot carry. The client does the same in a dozen
 * times as long, since it works out every field's type and copies each part three times.
 */
export function writeHead(
  buffer: Buffer,
  start: number,
  channel: number,
  { exchange, routingKey, properties, bodyBytes }: Head,
): number {
  let at = beginFrame(buffer, start, METHOD, channel);
  at = buffer.writeUInt16BE(BASIC, at);
  at = buffer.writeUInt16BE(PUBLISH, at);
  at = buffer.writeUInt16BE(0, at);
  at = writeShort(buffer, at, exchange);
  at = writeShort(buffer, at, routingKey);
  buffer[at++] = MANDATORY;
  at = endFrame(buffer, start, at);
  const header = at;
  at = beginFrame(buffer, at, HEADER, channel);
  at = buffer.writeUInt16BE(BASIC, at);
  at = buffer.writeUInt16BE(0, at);
  at = writeLong(buffer, at, bodyBytes);
  at = writeProperties(buffer, at, properties);
  return endFrame(buffer, header, at);
}

interface Head {
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: Properties;
  readonly bodyBytes: number;
}

/** Lays one body frame into the buffer, and returns where it ends. */
export function writeBody(buffer: Buffer, start: number, channel: number, body: Uint8Array): number {
  const at = beginFrame(buffer, start, BODY, channel);
  buffer.set(body, at);
  return endFrame(buffer, start, at + body.byteLength);
}

function writeProperties(buffer: Buffer, start: number, properties: Properties): number {
  const { contentType, headers, messageId, timestamp, type, appId } = properties;
  let flags = HAS_HEADERS | HAS_DELIVERY_MODE;
  let at = start + 2;
  if (contentType !== undefined) {
    flags |= HAS_CONTENT_TYPE;
    at = writeShort(buffer, at, contentType);
  }
  at = writeTable(buffer, at, headers);
  buffer[at++] = PERSISTENT;
  if (messageId !== undefined) {
    flags |= HAS_MESSAGE_ID;
    at = writeShort(buffer, at, messageId);
  }
  if (timestamp !== undefined) {
    flags |= HAS_TIMESTAMP;
    at = writeLong(buffer, at, timestamp);
  }
  if (type !== undefined) {
    flags |= HAS_TYPE;
    at = writeShort(buffer, at, type);
  }
  if (appId !== undefined) {
    flags |= HAS_APP_ID;
    at = writeShort(buffer, at, appId);
  }
  buffer.writeUInt16BE(flags, start);
  return at;
}

function writeTable(buffer: Buffer, start: number, table: Readonly<Record<string, string>>): number {
  let at = start + 4;
  for (const name in table) {
    const beginning = entryBeginning(name);
    buffer.set(beginning, at);
    at += beginning.byteLength;
    const bytes = buffer.write(table[name]!, at + 4);
    buffer.writeUInt32BE(bytes, at);
    at += 4 + bytes;
  }
  if (at - start > TABLE_BYTES_MAX) throw new RangeError(`they take ${at - start} of at most ${TABLE_BYTES_MAX} bytes`);
  buffer.writeUInt32BE(at - start - 4, start);
  return at;
}

/** The names of headers are few, and the same for all commands; foreign senders may bring others. */
const NAMES_MAX = 1_000;
const beginnings = new Map<string, Uint8Array>();

/** A header's name and the tag of its value. */
function entryBeginning(name: string): Uint8Array {
  const known = beginnings.get(name);
  if (known) return known;
  const bytes = Buffer.alloc(Buffer.byteLength(name) + 2, LONG_STRING);
  writeShort(bytes, 0, name);
  if (beginnings.size >= NAMES_MAX) beginnings.clear();
  beginnings.set(name, bytes);
  return bytes;
}

function writeShort(buffer: Buffer, at: number, text: string): number {
  const bytes = buffer.write(text, at + 1);
  if (bytes > SHORT_BYTES_MAX) throw new RangeError(`'${text.slice(0, 40)}…' is longer than ${SHORT_BYTES_MAX} bytes`);
  buffer[at] = bytes;
  return at + 1 + bytes;
}

/** Whole numbers that JavaScript knows exactly. */
function writeLong(buffer: Buffer, at: number, value: number): number {
  buffer.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  return buffer.writeUInt32BE(value % 2 ** 32, at + 4);
}

function beginFrame(buffer: Buffer, at: number, type: number, channel: number): number {
  buffer[at] = type;
  buffer.writeUInt16BE(channel, at + 1);
  return at + FRAME_START_BYTES;
}

function endFrame(buffer: Buffer, start: number, end: number): number {
  buffer.writeUInt32BE(end - start - FRAME_START_BYTES, start + 3);
  buffer[end] = FRAME_END;
  return end + 1;
}
