import type { Transport } from '#messaging';
import type { ForwardedSpool } from './forwarded-spool.js';

/** What is kept of the deadline for disconnecting and for the spool's flush, at most. */
const RESERVE_MS_MOST = 2_000;
const RESERVE_SHARE = 0.25;

/**
 * Forwards the spool until it is empty or the deadline is near, then closes both. Returns how many commands of each lane stay
 * in the spool.
 */
export async function forwardUntil(
  deadlineMs: number,
  spool: ForwardedSpool | undefined,
  behind: Pick<Transport, 'close'>,
): Promise<readonly number[]> {
  const endsAtMs = performance.now() + deadlineMs;
  const leftMs = () => Math.max(0, endsAtMs - performance.now());
  await spool?.emptied(deadlineMs - Math.min(RESERVE_MS_MOST, deadlineMs * RESERVE_SHARE));
  spool?.stop();
  try {
    await behind.close(leftMs());
  } finally {
    await spool?.close(leftMs());
  }
  return spool?.left ?? [];
}
