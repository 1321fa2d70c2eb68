import fc from 'fast-check';
import { RETRY_AFTER_S_MAX, RETRY_AFTER_S_MIN, RETRY_AFTER_S_STALLED, retryAfterSeconds } from './retry-after.js';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('it is the excess by the net drain rate', () => {
  expect(retryAfterSeconds(500, 10, 0.5)).toBe(50);
  expect(retryAfterSeconds(500, 100, 0.5)).toBe(5);
});

test('while nothing drains, or more comes than goes, it is half a minute', () => {
  for (const rate of [0, -100]) expect(retryAfterSeconds(500, rate, 0.5)).toBe(RETRY_AFTER_S_STALLED);
});

test('it is a whole number within its bounds, whatever is measured', () => {
  const number = fc.double({ noNaN: true, min: 0 });
  fc.assert(
    fc.property(number, fc.double({ noNaN: true }), random, (excess, rate, drawn) => {
      const seconds = retryAfterSeconds(excess, rate, drawn);
      expect(Number.isInteger(seconds)).toBe(true);
      expect(seconds).toBeGreaterThanOrEqual(RETRY_AFTER_S_MIN);
      expect(seconds).toBeLessThanOrEqual(RETRY_AFTER_S_MAX);
    }),
  );
});

test('callers are spread over a fifth of the time, around what is expected', () => {
  const drawn = [0, 0.25, 0.5, 0.75, 0.999].map((value) => retryAfterSeconds(1_000, 10, value));
  expect(drawn).toEqual([90, 95, 100, 105, 110]);
});
