/** Decides when a failed command is tried again. Pure: the same attempt and the same random number give the same delay. */
export interface RetryPolicy {
  /** How often the handler runs in all, the first run included: 1 means never again. */
  readonly attemptsMax: number;
  /**
   * Milliseconds to wait after the failed attempt `attempt` (the first is 1), for `1 <= attempt < attemptsMax`.
   * `random` lies in [0, 1).
   */
  readonly delayMs: (attempt: number, random: number) => number;
}

/** The longest delay, 30 days: what a 32-bit timer cannot hold, and longer than anybody waits for a retry. */
export const DELAY_MS_MAX = 30 * 24 * 60 * 60 * 1000;

/** More doublings than lie between one millisecond and the longest delay; without a bound the power becomes infinite. */
const DOUBLINGS_MAX = 64;

/** One run, no retry: the first failure is a dead letter. */
export function noRetry(): RetryPolicy {
  return { attemptsMax: 1, delayMs: () => 0 };
}

/** The same delay each time. `{ attemptsMax: 3, delayMs: 1000 }` waits 1 s, 1 s. */
export function fixedDelay(options: { attemptsMax: number; delayMs: number }): RetryPolicy {
  const delayMs = delay('delayMs', options.delayMs);
  return policy(options.attemptsMax, () => delayMs);
}

/** Grows by the same step. `{ attemptsMax: 4, initialMs: 1000, stepMs: 500, delayMsMax: 1800 }` waits 1 s, 1.5 s, 1.8 s. */
export function linearBackoff(options: {
  attemptsMax: number;
  initialMs: number;
  stepMs: number;
  delayMsMax: number;
}): RetryPolicy {
  const initialMs = delay('initialMs', options.initialMs);
  const stepMs = delay('stepMs', options.stepMs);
  const delayMsMax = delay('delayMsMax', options.delayMsMax);
  return policy(options.attemptsMax, (attempt) => Math.min(delayMsMax, initialMs + stepMs * (attempt - 1)));
}

/**
 * Doubles its bound, and draws each delay anywhere between 0 and the bound (full jitter), so that commands that failed
 * together do not return together. `{ initialMs: 200, delayMsMax: 300_000 }` draws from [0, 200), [0, 400), [0, 800) … ms.
 */
export function exponentialBackoff(options: {
  attemptsMax: number;
  initialMs: number;
  delayMsMax: number;
}): RetryPolicy {
  const initialMs = delay('initialMs', options.initialMs);
  const delayMsMax = delay('delayMsMax', options.delayMsMax);
  return policy(options.attemptsMax, (attempt, random) =>
    Math.floor(random * Math.min(delayMsMax, initialMs * 2 ** Math.min(attempt - 1, DOUBLINGS_MAX))),
  );
}

/** Waits as listed: `schedule([10_000, 10_000, 900_000])` runs four times, after 10 s, 10 s and 15 min. */
export function schedule(delaysMs: readonly number[]): RetryPolicy {
  const delays = delaysMs.map((delayMs, index) => delay(`delaysMs[${index}]`, delayMs));
  return policy(delays.length + 1, (attempt) => delays[attempt - 1] ?? 0);
}

function policy(attemptsMax: number, delayMs: RetryPolicy['delayMs']): RetryPolicy {
  if (!Number.isSafeInteger(attemptsMax) || attemptsMax < 1) {
    throw new RangeError(`attemptsMax must be a whole number of at least 1, not ${attemptsMax}.`);
  }
  return { attemptsMax, delayMs };
}

function delay(name: string, valueMs: number): number {
  if (Number.isFinite(valueMs) && valueMs >= 0 && valueMs <= DELAY_MS_MAX) return valueMs;
  throw new RangeError(`${name} must be between 0 and ${DELAY_MS_MAX} ms, not ${valueMs}.`);
}
