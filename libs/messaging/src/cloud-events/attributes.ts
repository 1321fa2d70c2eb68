import type { Envelope } from '../envelope.js';
import { timeText } from '../time-text.js';

/**
 * How a wire marks the headers that are CloudEvents attributes, by the binding of its protocol: `cloudEvents:` on AMQP 0-9-1,
 * `cloudEvents_` on AMQP 1.0 and JMS, `ce_` where keys are plain, `ce-` where they are as HTTP's, with percent-encoded values.
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

const FIELDS = ['specversion', 'id', 'source', 'type', 'time', 'partitionkey'] as const;

/** A wire's names of the envelope's own fields, made once. */
const FIELD_NAMES = new Map<AttributePrefix, Readonly<Record<(typeof FIELDS)[number], string>>>();

function fieldNames(prefix: AttributePrefix): Readonly<Record<(typeof FIELDS)[number], string>> {
  const known = FIELD_NAMES.get(prefix);
  if (known) return known;
  const names = Object.fromEntries(FIELDS.map((field) => [field, prefix + field])) as ReturnType<typeof fieldNames>;
  FIELD_NAMES.set(prefix, names);
  return names;
}

/**
 * The envelope as headers in CloudEvents 1.0's binary mode: all that is not in its body, its lane excepted. Every value is a
 * string, in printable ASCII where the prefix is `ce-`. `readMessage` reads back the same envelope.
 */
export function writeAttributes(envelope: Envelope, prefix: AttributePrefix): Record<string, string> {
  const { attributes, partitionKey } = envelope;
  const encode = prefix === 'ce-' ? percentEncoded : unchanged;
  const names = fieldNames(prefix);
  const headers: Record<string, string> = {};
  headers[names.specversion] = SPEC_VERSION;
  headers[names.id] = encode(envelope.id);
  headers[names.source] = encode(envelope.source);
  headers[names.type] = encode(envelope.type);
  headers[names.time] = timeText(envelope.timeMs);
  if (partitionKey !== '') headers[names.partitionkey] = encode(partitionKey);
  for (const name in attributes) {
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
