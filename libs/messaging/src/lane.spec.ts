import { laneOf, partitionKeyOf } from './lane.js';

describe('the lane of a key', () => {
  // Computed once and fixed: commands under way would change their lane if the hash did.
  test.each([
    ['order:0b9f6a52-6c1e-4c55-9a43-1f0f0a6f8a01', 16, 0],
    ['device:boiler-7', 16, 15],
    ['device:Kühlhaus', 16, 12],
    ['', 16, 11],
  ])('of %p among %i is fixed', (partitionKey, lanes, lane) => {
    expect(laneOf(partitionKey, lanes)).toBe(lane);
  });

  test.each([1, 2, 12, 16, 64])('spreads keys evenly over %i lanes', (lanes) => {
    const counts = new Array<number>(lanes).fill(0);
    const keys = 20_000;
    for (let index = 0; index < keys; index++) counts[laneOf(partitionKeyOf('device', `d-${index}`), lanes)]!++;
    const expected = keys / lanes;
    // Six standard deviations of a fair draw: an uneven hash fails, a fair one practically never.
    const tolerance = 6 * Math.sqrt(expected);
    for (const count of counts) expect(Math.abs(count - expected)).toBeLessThanOrEqual(tolerance);
  });
});
