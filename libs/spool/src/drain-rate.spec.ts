import { DrainRate } from './drain-rate.js';

describe('The drain rate', () => {
  test('is unknown until something leaves, and again when nothing has left for long', () => {
    const drain = new DrainRate(0);
    expect(drain.perSecond(1_000)).toBeUndefined();
    drain.record(10, 2_000);
    expect(drain.perSecond(2_000)).toBe(5);
    expect(drain.perSecond(30_000)).toBeUndefined();
  });

  test('follows a steady drain, and a change of it', () => {
    const drain = new DrainRate(0);
    for (let nowMs = 100; nowMs <= 20_000; nowMs += 100) drain.record(10, nowMs);
    expect(drain.perSecond(20_000)).toBeCloseTo(100, -1);
    for (let nowMs = 20_100; nowMs <= 40_000; nowMs += 100) drain.record(50, nowMs);
    expect(drain.perSecond(40_000)).toBeCloseTo(500, -2);
  });
});
