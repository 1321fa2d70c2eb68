import { WaterGate } from './water-gate.js';

function follow(levels: number[]): boolean[] {
  const gate = new WaterGate(100, 60);
  return levels.map((level) => {
    gate.update(level);
    return gate.open;
  });
}

test('it closes at the high water and opens again only at the low water', () => {
  expect(follow([0, 99, 100, 80, 61, 60, 99])).toEqual([true, true, false, false, false, true, true]);
});

test('the excess is what lies above the low water, and only while it is closed', () => {
  const gate = new WaterGate(100, 60);
  gate.update(99);
  expect(gate.excess).toBe(0);
  gate.update(150);
  expect(gate.excess).toBe(90);
  gate.update(70);
  expect(gate.excess).toBe(10);
});
