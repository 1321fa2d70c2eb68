import { randomFrom, seeded } from './random.js';

test('the same seed gives the same numbers, bytes and order; another seed gives others', () => {
  const draw = (seed: number) => {
    const random = randomFrom(seed);
    return [random.next(), random.integer(0, 1_000), [...random.bytes(8)], random.shuffle([1, 2, 3, 4, 5, 6, 7])];
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test('whole numbers reach both ends and nothing beyond', () => {
  const random = seeded();
  const drawn = new Set(Array.from({ length: 500 }, () => random.integer(-1, 2)));
  expect([...drawn].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
});

test('shuffling keeps every value and leaves the original as it was', () => {
  const values = [1, 2, 3, 4, 5];
  expect(seeded().shuffle(values).toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect(values).toEqual([1, 2, 3, 4, 5]);
});
