import { hash, randomFillSync } from 'node:crypto';

/** Drawn for many ids at once, since each draw from the system costs more than all the rest of an id. */
const RANDOM_BYTES = 10;
const random = Buffer.allocUnsafe(RANDOM_BYTES * 1_024);
let digits = '';
let used = 0;

function randomHex(): string {
  if (used === digits.length) {
    digits = randomFillSync(random).toString('hex');
    used = 0;
  }
  return digits.slice(used, (used += RANDOM_BYTES * 2));
}

let lastMs = Number.NaN;
let lastHex = '';

/** Many ids share their millisecond. */
function timeHex(ms: number): string {
  if (ms !== lastMs) {
    lastHex = ms.toString(16).padStart(12, '0');
    lastMs = ms;
  }
  return lastHex;
}

/** A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits. Ids of one gateway sort by time, to the millisecond. */
export function timedCommandId(nowMs: number): string {
  return format(timeHex(nowMs) + randomHex(), '7');
}

/** A UUIDv8 (RFC 9562 §5.8) from SHA-256 over the parts, each with its length, so that no two lists of parts run together. */
export function derivedCommandId(...parts: readonly string[]): string {
  return format(hash('sha256', parts.map((part) => `${part.length}:${part}`).join(''), 'hex'), '8');
}

/** The millisecond of a UUIDv7; undefined for any other id. */
export function timeOfCommandId(id: string): number | undefined {
  return id[14] === '7' ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;
}

/** Lays the version and the variant into 32 hex digits. */
function format(hex: string, version: '7' | '8'): string {
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${version}${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
