/** Between two looks; the longer the wait, the rarer, since looking costs what is waited for its processor. */
const POLL_MS_LEAST = 5;
const POLL_MS_MOST = 25;
const POLL_GROWTH = 1.2;
/** Long, since only a test that fails waits for it, and machines are busy at times. */
const PATIENCE_MS = 30_000;

/**
 * Waits for `condition` to hold and returns what it returned. Rejects after `timeoutMs` with what was waited for, what was
 * seen last, and the condition's own error if it threw, so that a test that waits in vain says why.
 */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  what: string,
  timeoutMs = PATIENCE_MS,
): Promise<NonNullable<Value>> {
  const deadline = performance.now() + timeoutMs;
  for (let pollMs = POLL_MS_LEAST; ; pollMs = Math.min(POLL_MS_MOST, POLL_GROWTH * pollMs)) {
    const seen = await attempt(condition);
    if ('value' in seen && seen.value) return seen.value;
    if (performance.now() > deadline) {
      const last = 'error' in seen ? `it threw ${String(seen.error)}` : `it was ${String(seen.value)}`;
      throw new Error(`Waited ${timeoutMs} ms in vain until ${what}; last, ${last}.`, { cause: seen.error });
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

interface Seen<Value> {
  value?: Value;
  error?: unknown;
}

async function attempt<Value>(condition: () => Value | Promise<Value>): Promise<Seen<Value>> {
  try {
    return { value: await condition() };
  } catch (error) {
    return { error };
  }
}

/** Rejects unless `promise` settles within `timeoutMs`; the promise itself goes on. */
export async function within<Value>(promise: Promise<Value>, what: string, timeoutMs = PATIENCE_MS): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Waited ${timeoutMs} ms in vain until ${what}.`)), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
