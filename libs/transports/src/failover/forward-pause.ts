const PAUSE_MS_FIRST = 50;
const PAUSE_MS_MOST = 5_000;
/** A transport that asks for more patience than this is asked again all the same. */
const RETRY_AFTER_MS_MOST = 30_000;

/** How long to wait after that many failures in a row: full jitter, and no less than the transport asked for. */
export function forwardPauseMs(failures: number, random: number, retryAfterMs = 0): number {
  const ceilingMs = Math.min(PAUSE_MS_MOST, PAUSE_MS_FIRST * 2 ** (failures - 1));
  return Math.max(Math.ceil(ceilingMs * random), Math.min(retryAfterMs, RETRY_AFTER_MS_MOST));
}
