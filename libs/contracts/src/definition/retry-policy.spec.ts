import fc from 'fast-check';
import {
  DELAY_MS_MAX,
  exponentialBackoff,
  fixedDelay,
  linearBackoff,
  noRetry,
  schedule,
  type RetryPolicy,
} from './retry-policy.js';

const attemptsMax = fc.integer({ min: 1, max: 10_000 });
const delayMs = fc.double({ min: 0, max: DELAY_MS_MAX, noNaN: true });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Any policy that can be made, with the longest delay that its options allow. */
const anyPolicy: fc.Arbitrary<{ policy: RetryPolicy; boundMs: number }> = fc.oneof(
  fc.constant({ policy: noRetry(), boundMs: 0 }),
  fc.record({ attemptsMax, delayMs }).map((o) => ({ policy: fixedDelay(o), boundMs: o.delayMs })),
  fc
    .record({ attemptsMax, initialMs: delayMs, stepMs: delayMs, delayMsMax: delayMs })
    .map((o) => ({ policy: linearBackoff(o), boundMs: o.delayMsMax })),
  fc
    .record({ attemptsMax, initialMs: delayMs, delayMsMax: delayMs })
    .map((o) => ({ policy: exponentialBackoff(o), boundMs: o.delayMsMax })),
  fc.array(delayMs, { maxLength: 50 }).map((delays) => ({ policy: schedule(delays), boundMs: Math.max(0, ...delays) })),
);

describe('every retry policy', () => {
  test('delays stay between 0 and the bound for every attempt and every random number', () => {
    fc.assert(
      fc.property(anyPolicy, fc.nat(), random, ({ policy, boundMs }, pick, chance) => {
        const attempt = 1 + (pick % policy.attemptsMax);
        const delay = policy.delayMs(attempt, chance);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(boundMs);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the same attempt and random number give the same delay', () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: 60 }), random, ({ policy }, attempt, chance) => {
        expect(policy.delayMs(attempt, chance)).toBe(policy.delayMs(attempt, chance));
      }),
    );
  });
});

describe('the named policies', () => {
  test('no retry runs once', () => expect(noRetry().attemptsMax).toBe(1));

  test('fixed waits the same each time', () => {
    expect(delaysOf(fixedDelay({ attemptsMax: 3, delayMs: 1000 }))).toEqual([1000, 1000]);
  });

  test('linear grows by its step up to its bound', () => {
    const policy = linearBackoff({ attemptsMax: 4, initialMs: 1000, stepMs: 500, delayMsMax: 1800 });
    expect(delaysOf(policy)).toEqual([1000, 1500, 1800]);
  });

  test('exponential draws from a bound that doubles until its maximum', () => {
    const policy = exponentialBackoff({ attemptsMax: 6, initialMs: 200, delayMsMax: 1000 });
    expect(delaysOf(policy, 0)).toEqual([0, 0, 0, 0, 0]);
    expect(delaysOf(policy, 0.5)).toEqual([100, 200, 400, 500, 500]);
  });

  test('exponential stays within its bound where doubling overflows', () => {
    const policy = exponentialBackoff({ attemptsMax: 5_000, initialMs: 1, delayMsMax: 60_000 });
    expect(policy.delayMs(4_999, 0.999_999)).toBeLessThan(60_000);
  });

  test('exponential without an initial delay never waits, however often it doubles', () => {
    const policy = exponentialBackoff({ attemptsMax: 5_000, initialMs: 0, delayMsMax: 60_000 });
    expect(policy.delayMs(4_999, 0.5)).toBe(0);
  });

  test('a schedule of three delays runs four times', () => {
    const policy = schedule([10_000, 10_000, 900_000]);
    expect(policy.attemptsMax).toBe(4);
    expect(delaysOf(policy)).toEqual([10_000, 10_000, 900_000]);
  });

  test.each([0, -1, 1.5, Number.NaN, Infinity])('attemptsMax %p is refused', (attempts) => {
    expect(() => fixedDelay({ attemptsMax: attempts, delayMs: 1 })).toThrow(/attemptsMax/);
  });

  test.each([-1, Number.NaN, Infinity, DELAY_MS_MAX + 1])('a delay of %p ms is refused by name', (delay) => {
    expect(() => schedule([1, delay])).toThrow(/delaysMs\[1\]/);
  });
});

function delaysOf(policy: RetryPolicy, chance = 0): number[] {
  return Array.from({ length: policy.attemptsMax - 1 }, (_, index) => policy.delayMs(index + 1, chance));
}
