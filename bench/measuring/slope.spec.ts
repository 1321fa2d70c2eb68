import { slopeOf } from './slope.js';

const line = (slope: number, noise: (x: number) => number) =>
  Array.from({ length: 100 }, (_, x) => ({ x, y: 7 + slope * x + noise(x) }));

it('the slope of a line is its own, and that of a saw is nearly none', () => {
  expect(slopeOf(line(0.25, () => 0))).toBeCloseTo(0.25);
  expect(Math.abs(slopeOf(line(0, (x) => x % 2)))).toBeLessThan(0.01);
});

it('one point has no slope', () => {
  expect(slopeOf([{ x: 1, y: 1 }])).toBeNaN();
});
