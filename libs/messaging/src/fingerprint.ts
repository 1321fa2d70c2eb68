import { hash } from 'node:crypto';

/** How many bytes of the payload's SHA-256 tell one payload of an id from another. */
export const FINGERPRINT_BYTES = 8;

/** The first 8 bytes of the SHA-256 of the payload's bytes, as 16 hex digits. */
export function fingerprintOf(body: Uint8Array): string {
  return hash('sha256', body, 'hex').slice(0, FINGERPRINT_BYTES * 2);
}
