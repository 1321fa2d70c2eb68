import { textOf } from './header-text.js';

/** A structured event taken apart: attributes under their names, and the payload. */
export interface StructuredEvent {
  readonly attributes: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
/** Base64 in its own alphabet, padded or not: Node's decoder passes over what is none of it. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Takes an `application/cloudevents+json` body apart, or says in a sentence why it cannot. */
export function takeApart(body: Uint8Array): StructuredEvent | string {
  const event = parsed(body);
  if (event === undefined) return 'Its content type says CloudEvents JSON, but its body is no JSON object in UTF-8.';
  const { data, data_base64: base64, ...rest } = event;
  if (data !== undefined && base64 !== undefined) return 'Its event has both data and data_base64.';
  const payload = base64 === undefined ? textPayload(data) : decoded(base64);
  if (payload === undefined) {
    return base64 === undefined ? "Its event's data is nested too deep." : "Its event's data_base64 is not base64.";
  }
  const attributes = new Map<string, string>();
  for (const [name, value] of Object.entries(rest)) {
    if (value !== null) attributes.set(name.toLowerCase(), textOf(value));
  }
  return { attributes, body: payload };
}

function parsed(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const event: unknown = JSON.parse(decoder.decode(body));
    const isObject = typeof event === 'object' && event !== null && !Array.isArray(event);
    return isObject ? (event as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textPayload(data: unknown): Uint8Array | undefined {
  if (data === undefined) return new Uint8Array();
  try {
    return Buffer.from(JSON.stringify(data));
  } catch {
    // What can be parsed may still be nested too deep to be written again.
    return undefined;
  }
}

function decoded(base64: unknown): Uint8Array | undefined {
  return typeof base64 === 'string' && BASE64.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}
