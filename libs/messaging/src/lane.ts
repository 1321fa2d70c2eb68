const encoder = new TextEncoder();

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const ASCII_LAST = 0x7f;

/**
 * Which of `lanes` slices of the queue a partition key belongs to: FNV-1a over its UTF-8 bytes, finished with MurmurHash3's
 * 32-bit mixer, since plain FNV-1a leaves its low bits uneven. The same on every transport and in every version, because
 * changing it moves keys while their commands are under way.
 */
export function laneOf(partitionKey: string, lanes: number): number {
  let hash = OFFSET_BASIS;
  for (let at = 0; at < partitionKey.length; at++) {
    const code = partitionKey.charCodeAt(at);
    if (code > ASCII_LAST) return laneOfBytes(encoder.encode(partitionKey), lanes);
    hash = Math.imul(hash ^ code, PRIME);
  }
  return laneOfHash(hash, lanes);
}

function laneOfBytes(bytes: Uint8Array, lanes: number): number {
  let hash = OFFSET_BASIS;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, PRIME);
  return laneOfHash(hash, lanes);
}

function laneOfHash(hash: number, lanes: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % lanes;
}

/** The partition key of a stream's key. */
export function partitionKeyOf(stream: string, key: string): string {
  return `${stream}:${key}`;
}
