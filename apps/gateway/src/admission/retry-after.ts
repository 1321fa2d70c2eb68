export const RETRY_AFTER_S_MIN = 1;
export const RETRY_AFTER_S_MAX = 120;
/** When nothing drains, nobody knows how long it takes. */
export const RETRY_AFTER_S_STALLED = 30;
/** Callers that were refused together should not come back together. */
const JITTER = 0.1;

/** Whole seconds until `excess` commands have drained, give or take a tenth; `random` lies in [0, 1). */
export function retryAfterSeconds(excess: number, netDrainPerSecond: number, random: number): number {
  const expected = netDrainPerSecond > 0 ? excess / netDrainPerSecond : RETRY_AFTER_S_STALLED;
  const bounded = Math.min(RETRY_AFTER_S_MAX, Math.max(RETRY_AFTER_S_MIN, expected));
  const jittered = Math.ceil(bounded * (1 - JITTER + 2 * JITTER * random));
  return Math.min(RETRY_AFTER_S_MAX, Math.max(RETRY_AFTER_S_MIN, jittered));
}
