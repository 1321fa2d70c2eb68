import { hash, randomFillSync } from 'node:crypto';

const RANDOM_BYTES = 10;

/** Drawn for many ids at once, since each draw from the system costs more than all the rest of an id. */
const random = Buffer.allocUnsafe(RANDOM_BYTES * 512);
let drawn = random.length;

function randomHex(): string {
  if (drawn === random.length) {
    randomFillSync(random);
    drawn = 0;
  }
  return random.toString('hex', drawn, (drawn += RANDOM_BYTES));
}

/** A UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits. Ids of one gateway sort by time, to the millisecond. */
export function timedCommandId(nowMs: number): string {
  return format(nowMs.toString(16).padStart(12, '0') + randomHex(), '7');
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
