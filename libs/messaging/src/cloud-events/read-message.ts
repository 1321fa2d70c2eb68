import type { Delivery } from '../batch.js';
import { Attribute, type Envelope } from '../envelope.js';
import { attributesFault } from './attribute-bounds.js';
import { SPEC_VERSION } from './attributes.js';
import { bodyKindOf, isPlainEncoding } from './content-type.js';
import { FoundAttributes } from './found-attributes.js';
import { textsOf } from './header-text.js';
import { millisecondsOf, TIME_MS_MAX } from './rfc3339.js';
import { takeApart } from './structured-event.js';

/** What a broker's own message format says beside the headers. It counts where no attribute says the same. */
export interface NativeProperties {
  /** The message's id. */
  readonly id?: string | undefined;
  /** The message's type, or its subject. */
  readonly type?: string | undefined;
  readonly timeMs?: number | undefined;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly correlationId?: string | undefined;
  /** The group id, or the record key. */
  readonly groupId?: string | undefined;
  /** The sending program, by its own word. */
  readonly sender?: string | undefined;
}

export interface ReceivedMessage {
  readonly body: Uint8Array;
  /** Values of every kind that a wire has. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly native: NativeProperties;
  readonly lane: number;
  /** When it came, in milliseconds since the epoch: its time, where its sender gives none. */
  readonly receivedMs: number;
  /** The largest body that its transport takes: others may have put a larger one past it. */
  readonly bodyBytesMax: number;
}

/** The source of a command whose sender names none; the program's name is appended where that is known. */
export const FOREIGN_SOURCE = 'urn:sluice:foreign';

/**
 * Reads what arrived: a gateway's command, or that of any program which sets an id, a type and a JSON body. Never throws:
 * what cannot be read is undecoded, and says why.
 */
export function readMessage(message: ReceivedMessage): Delivery {
  const { native, lane, receivedMs, bodyBytesMax } = message;
  if (message.body.byteLength > bodyBytesMax)
    return undecoded(message, `Its body of ${message.body.byteLength} bytes is larger than ${bodyBytesMax}.`);
  const found = new FoundAttributes(message.headers);
  const body = payloadOf(message, found);
  if (typeof body === 'string') return undecoded(message, body);
  const id = found.id || native.id;
  const type = found.type || native.type;
  if (!isKnownVersion(found.specversion))
    return undecoded(message, `It is a CloudEvent of version ${found.specversion}, and only 1.x is read.`);
  if (!id) return undecoded(message, "It has no id: its sender must set the attribute 'id' or the message's id.");
  if (!type)
    return undecoded(message, "It has no type: its sender must set the attribute 'type' or the message's type.");
  const timeMs = found.time === '' ? timeOf(native, receivedMs) : millisecondsOf(found.time);
  if (timeMs === undefined) return undecoded(message, `Its time '${found.time}' is not in RFC 3339.`);
  const { extensions } = found;
  if (native.correlationId) extensions[Attribute.correlationId] ??= native.correlationId;
  const envelope: Envelope = {
    id,
    type,
    source: found.source || foreignSource(native.sender),
    partitionKey: found.partitionkey || (native.groupId ?? ''),
    lane,
    timeMs,
    attributes: Object.freeze(extensions),
    body,
  };
  // What is decoded can be published again, as persistence does with what came by another lane than its own.
  const fault = attributesFault(envelope);
  if (fault !== undefined) return undecoded(message, fault);
  return { kind: 'decoded', envelope: Object.freeze(envelope) };
}

function isKnownVersion(specVersion: string): boolean {
  return specVersion === SPEC_VERSION || specVersion === '' || specVersion.split('.')[0] === '1';
}

/** The payload, or a sentence on why there is none. What a structured event says is added to what was found. */
function payloadOf({ body, native }: ReceivedMessage, found: FoundAttributes): Uint8Array | string {
  if (!isPlainEncoding(native.contentEncoding))
    return `Its content encoding is '${native.contentEncoding}': it must be sent as plain UTF-8.`;
  const contentType = native.contentType || found.contentTypeHeader;
  switch (bodyKindOf(contentType)) {
    case 'payload':
      return body;
    case 'attributes-in-headers':
      return hasJsonData(found) ? body : notJson(found.datacontenttype);
    case 'event':
      return payloadOfEvent(body, found);
    case 'other':
      return notJson(contentType);
  }
}

function payloadOfEvent(body: Uint8Array, found: FoundAttributes): Uint8Array | string {
  const event = takeApart(body);
  if (typeof event === 'string') return event;
  for (const [name, value] of event.attributes) found.note(name, value);
  return hasJsonData(found) ? event.body : notJson(found.datacontenttype);
}

function hasJsonData(found: FoundAttributes): boolean {
  return bodyKindOf(found.datacontenttype) === 'payload';
}

function notJson(contentType: string): string {
  return `Its content type is '${contentType}': it must be application/json, with the payload as the whole body.`;
}

function timeOf({ timeMs }: NativeProperties, receivedMs: number): number {
  return timeMs !== undefined && timeMs >= 0 && timeMs <= TIME_MS_MAX ? timeMs : receivedMs;
}

function foreignSource(sender: string | undefined): string {
  return sender ? `${FOREIGN_SOURCE}:${encodeURIComponent(sender.toWellFormed())}` : FOREIGN_SOURCE;
}

/** Kept with all that was said of it, so that whoever looks at the dead letter sees what its sender did set. */
function undecoded({ body, headers, native }: ReceivedMessage, reason: string): Delivery {
  const said: Record<string, string> = {};
  if (native.id) said['message-id'] = native.id;
  if (native.type) said['message-type'] = native.type;
  if (native.timeMs !== undefined) said['timestamp'] = String(native.timeMs);
  if (native.contentType) said['content-type'] = native.contentType;
  if (native.contentEncoding) said['content-encoding'] = native.contentEncoding;
  if (native.correlationId) said['correlation-id'] = native.correlationId;
  if (native.groupId) said['group-id'] = native.groupId;
  if (native.sender) said['sender'] = native.sender;
  return { kind: 'undecoded', body, headers: { ...said, ...textsOf(headers) }, reason };
}
