const encoder = new TextEncoder();

/**
 * Which of `lanes` slices of the queue a partition key belongs to: FNV-1a over its UTF-8 bytes, finished with MurmurHash3's
 * 32-bit mixer, since plain FNV-1a leaves its low bits uneven. The same on every transport and in every version, because
 * changing it moves keys while their commands are under way.
 */
export function laneOf(partitionKey: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(partitionKey)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % lanes;
}

/** The partition key of a stream's key. */
export function partitionKeyOf(stream: string, key: string): string {
  return `${stream}:${key}`;
}
