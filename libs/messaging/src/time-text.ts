let lastMs = Number.NaN;
let lastText = '';

/**
 * Milliseconds since the epoch in RFC 3339, UTC. Throws a `RangeError` for what no date can hold. The last one is kept: what
 * is made of one command, and of others in the same millisecond, names the same instant several times.
 */
export function timeText(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}
