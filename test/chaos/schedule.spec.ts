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

  test('has one or two faults to a round, which never meet at the same part', () => {
    const rounds = roundsOf(seed);
    const meeting = rounds.filter(({ disruptions }) => {
      const parts = disruptions.flatMap(({ fault }) => fault.parts);
      return new Set(parts).size !== parts.length;
    });
    expect(meeting).toEqual([]);
    expect(new Set(rounds.map(({ disruptions }) => disruptions.length))).toEqual(new Set([1, 2]));
  });

  test('leaves no fault out', () => {
    const happened = new Set(roundsOf(seed).flatMap(({ disruptions }) => disruptions.map(({ fault }) => fault.name)));
    expect([...happened].toSorted()).toEqual(faults.map(({ name }) => name).toSorted());
  });
});
