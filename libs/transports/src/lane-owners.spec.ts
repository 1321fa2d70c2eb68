import { laneOwners } from './lane-owners.js';

const LANES = 16;

function shares(instances: readonly string[]): number[] {
  const owners = laneOwners(LANES, instances);
  return instances.map((instance) => owners.filter((owner) => owner === instance).length);
}

describe('The owners of the lanes', () => {
  test('are the same whatever order the instances are known in', () => {
    expect(laneOwners(LANES, ['c', 'a', 'b'])).toEqual(laneOwners(LANES, ['a', 'b', 'c']));
  });

  test.each([1, 2, 3, 5, 16])('have an even share among %d', (count) => {
    const instances = Array.from({ length: count }, (_, index) => `instance-${index}`);
    const owned = shares(instances);
    expect(owned.reduce((sum, share) => sum + share)).toBe(LANES);
    expect(Math.max(...owned)).toBeLessThanOrEqual(Math.ceil(LANES / count));
  });

  test('leave instances without a lane where there are more than lanes', () => {
    const owned = shares(Array.from({ length: 20 }, (_, index) => `instance-${index}`));
    expect(owned.filter((share) => share === 1)).toHaveLength(LANES);
  });

  test('keep most of their lanes when one comes', () => {
    const before = laneOwners(LANES, ['a', 'b', 'c']);
    const after = laneOwners(LANES, ['a', 'b', 'c', 'd']);
    const moved = before.filter((owner, lane) => owner !== after[lane]);
    expect(moved.length).toBeLessThanOrEqual(LANES / 2);
  });

  test('are none while nobody is there', () => {
    expect(laneOwners(2, [])).toEqual([undefined, undefined]);
  });
});
