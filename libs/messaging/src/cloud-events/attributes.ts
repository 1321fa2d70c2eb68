import type { Envelope } from '../envelope.js';

/**
 * How a wire marks the headers that are CloudEvents attributes: `cloudEvents:` on AMQP 0-9-1, `cloudEvents_` on AMQP 1.0 and
 * JMS, `ce_` on Kafka, `ce-` on NATS and HTTP, whose values are percent-encoded.
 */
export type AttributePrefix = 'cloudEvents:' | 'cloudEvents_' | 'ce_' | 'ce-';

export const SPEC_VERSION = '1.0';

/** Names that no extension attribute can have: the envelope has fields for them, or the wire a place. */
const RESERVED: ReadonlySet<string> = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'time',
  'partitionkey',
  'datacontenttype',
]);

/**
 * The envelope as headers in CloudEvents 1.0's binary mode: all that is not in its body, its lane excepted. Every value is a
 * string, in printable ASCII where the prefix is `ce-`. `readMessage` reads back the same envelope.
 */
export function writeAttributes(envelope: Envelope, prefix: AttributePrefix): Record<string, string> {
  const { attributes, partitionKey } = envelope;
  const encode = prefix === 'ce-' ? percentEncoded : unchanged;
  const headers: Record<string, string> = {
    [`${prefix}specversion`]: SPEC_VERSION,
    [`${prefix}id`]: encode(envelope.id),
    [`${prefix}source`]: encode(envelope.source),
    [`${prefix}type`]: encode(envelope.type),
    [`${prefix}time`]: new Date(envelope.timeMs).toISOString(),
  };
  if (partitionKey !== '') headers[`${prefix}partitionkey`] = encode(partitionKey);
  for (const name of Object.keys(attributes)) {
    if (!RESERVED.has(name)) headers[prefix + name] = encode(attributes[name] ?? '');
  }
  return headers;
}

const SHORT_PREFIX = 'ce';
const LONG_PREFIX = 'cloudevents';

/** Which attribute a header is, whatever its prefix and its case; undefined when it is none. */
export function attributeNameOf(header: string): string | undefined {
  const afterShort = header[SHORT_PREFIX.length];
  if (afterShort === '_' || afterShort === '-') return nameAfter(SHORT_PREFIX, header);
  const afterLong = header[LONG_PREFIX.length];
  return afterLong === ':' || afterLong === '_' ? nameAfter(LONG_PREFIX, header) : undefined;
}

function nameAfter(prefix: string, header: string): string | undefined {
  const start = prefix.length + 1;
  const marked = header.length > start && header.slice(0, prefix.length).toLowerCase() === prefix;
  return marked ? header.slice(start).toLowerCase() : undefined;
}

/** The value of an attribute's header as its sender meant it. */
export function attributeValueOf(header: string, value: string): string {
  return header[SHORT_PREFIX.length] === '-' && value.includes('%') ? percentDecoded(value) : value;
}

const unchanged = (value: string): string => value;

const PRINTABLE_FIRST = 0x21;
const PRINTABLE_LAST = 0x7e;
const QUOTE = 0x22;
const PERCENT = 0x25;

function percentEncoded(value: string): string {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code < PRINTABLE_FIRST || code > PRINTABLE_LAST || code === QUOTE || code === PERCENT)
      return encodeURIComponent(value.toWellFormed());
  }
  return value;
}

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
