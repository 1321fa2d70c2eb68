import { seeded } from '#testing';
import { faultSet } from './fault-set.js';
import { describeRound, scheduleOf, type Round } from './schedule.js';

const ROUNDS = 1_000;

describe('the schedule of a campaign', () => {
  const { seed } = seeded();
  const faults = faultSet({ SPOOL: 'failover' });

  function roundsOf(of: number): Round[] {
    const schedule = scheduleOf(of, faults);
    return Array.from({ length: ROUNDS }, () => schedule.next().value);
  }

  test('is the same for the same seed, and another for another', () => {
    const described = (of: number) => roundsOf(of).map((round, index) => describeRound(index, round));
    expect(described(seed)).toEqual(described(seed));
    expect(described(seed)).not.toEqual(described(seed + 1));
  });

  test('has one to twelve faults to a round', () => {
    const sizes = new Set(roundsOf(seed).map(({ disruptions }) => disruptions.length));
    expect([...sizes].toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('leaves no fault out', () => {
    const happened = new Set(roundsOf(seed).flatMap(({ disruptions }) => disruptions.map(({ fault }) => fault.name)));
    expect([...happened].toSorted()).toEqual(faults.map(({ name }) => name).toSorted());
  });
});
