import { pairwise, spreadOf } from './pairwise.js';

const byRound = (...values: number[]) => new Map(values.map((value, index) => [index + 1, value]));

it('ratios are taken within rounds, which is not the ratio of the medians', () => {
  const [own, reference] = [byRound(10, 90, 80), byRound(100, 100, 20)];
  expect(pairwise(own, reference)).toEqual([0.1, 0.9, 4]);
  expect(spreadOf(pairwise(own, reference))).toEqual({ median: 0.9, low: 0.1, high: 4, rounds: 3 });
});

it('a round in which one of both failed is left out', () => {
  const own = new Map([
    [1, 10],
    [3, 30],
  ]);
  expect(pairwise(own, byRound(100, 100))).toEqual([0.1]);
  expect(pairwise(own, byRound(0))).toEqual([]);
  expect(spreadOf([Number.NaN])).toBeUndefined();
});
