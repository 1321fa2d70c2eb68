import { forwardPauseMs } from './forward-pause.js';

test('pauses grow to a bound, are drawn from all below it, and are no shorter than the transport asked for', () => {
  const ceilings = [1, 2, 3, 4, 20].map((failures) => forwardPauseMs(failures, 1));
  expect(ceilings).toEqual([50, 100, 200, 400, 5_000]);
  expect(forwardPauseMs(20, 0.5)).toBe(2_500);
  expect(forwardPauseMs(20, 0)).toBe(0);
  expect(forwardPauseMs(1, 1, 2_000)).toBe(2_000);
  expect(forwardPauseMs(1, 1, 3_600_000)).toBe(30_000);
});
