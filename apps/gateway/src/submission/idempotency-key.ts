import { problemOf } from '../http/problem-catalogue.js';

export const IDEMPOTENCY_KEY = 'Idempotency-Key';
export const IDEMPOTENCY_KEY_LENGTH_MAX = 255;

/** A string of RFC 9651 §3.3.3, and parameters after it, which mean nothing here. */
const QUOTED = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?:[ ]*;.*)?$/;
/** What many clients send: the key as it is. */
const BARE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/**
 * The key of draft-ietf-httpapi-idempotency-key-header-07, quoted as it says, or bare. Both spellings of one key are the
 * same key. Throws a 400 problem for anything else.
 */
export function parseIdempotencyKey(field: string | readonly string[] | undefined): string | undefined {
  if (field === undefined) return undefined;
  if (typeof field !== 'string') throw malformed('It is given more than once.');
  const text = field.trim();
  const key = QUOTED.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? (BARE.test(text) ? text : undefined);
  if (key === undefined) throw malformed('Send one quoted string of printable ASCII, as "8e03978e-40d5-43dd".');
  if (key === '') throw malformed('It is empty.');
  if (key.length > IDEMPOTENCY_KEY_LENGTH_MAX) {
    throw malformed(`It has ${key.length} characters; ${IDEMPOTENCY_KEY_LENGTH_MAX} is the most.`);
  }
  return key;
}

function malformed(detail: string) {
  return problemOf('invalid-request', {
    detail: 'The Idempotency-Key header is not valid.',
    errors: [{ header: IDEMPOTENCY_KEY, detail }],
  });
}
