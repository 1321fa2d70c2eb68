import { RateMeter } from './rate-meter.js';

function steady(perSecond: number, seconds: number): { meter: RateMeter; nowMs: number } {
  const meter = new RateMeter(10_000, 0);
  for (let tick = 1; tick <= seconds * 10; tick++) meter.add(perSecond / 10, tick * 100);
  return { meter, nowMs: seconds * 1000 };
}

test('a steady rate is measured, by a young meter too', () => {
  for (const seconds of [2, 10, 100]) {
    const { meter, nowMs } = steady(200, seconds);
    expect(meter.perSecond(nowMs) / 200).toBeCloseTo(1, 1);
  }
});

test('what has stopped fades away', () => {
  const { meter, nowMs } = steady(200, 60);
  expect(meter.perSecond(nowMs + 10_000)).toBeLessThan(100);
  expect(meter.perSecond(nowMs + 100_000)).toBeLessThan(0.1);
});

test('nothing counted is a rate of 0, and a clock that goes back does not break it', () => {
  expect(new RateMeter(10_000, 5_000).perSecond(5_000)).toBe(0);
  const { meter, nowMs } = steady(200, 10);
  meter.add(1, nowMs - 60_000);
  expect(Number.isFinite(meter.perSecond(nowMs - 120_000))).toBe(true);
});
