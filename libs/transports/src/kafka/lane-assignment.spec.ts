import { assignLanes, type Claim } from './lane-assignment.js';

const LANES = 12;

const claim = (member: string, owned: readonly number[] = [], generation = 1): Claim => ({ member, owned, generation });
const all = Array.from({ length: LANES }, (_, lane) => lane);
const counts = (assigned: ReadonlyMap<string, readonly number[]>) => [...assigned.values()].map(({ length }) => length);

/** Rounds until nobody has anything to give back: what each has then, and what moved on the way. */
function settle(claims: readonly Claim[]): { assigned: Map<string, number[]>; rounds: number } {
  let now = claims;
  for (let rounds = 1; ; rounds++) {
    const assigned = assignLanes(LANES, now);
    const next = now.map(({ member }) => claim(member, assigned.get(member), rounds + 1));
    const done = now.every(({ member, owned }) => owned.every((lane) => assigned.get(member)!.includes(lane)));
    if (done) return { assigned, rounds };
    now = next;
  }
}

describe('The assignment of lanes', () => {
  test('gives one alone all of them', () => {
    expect(assignLanes(LANES, [claim('a')]).get('a')).toEqual(all);
  });

  test('gives nobody a lane that another still has, and gives it when that one has given it back', () => {
    const first = assignLanes(LANES, [claim('a', all), claim('b')]);
    expect(first.get('a')).toHaveLength(6);
    expect(first.get('b')).toEqual([]);
    const { assigned, rounds } = settle([claim('a', all), claim('b')]);
    expect(counts(assigned)).toEqual([6, 6]);
    expect(rounds).toBe(2);
    expect([...assigned.values()].flat().sort((one, other) => one - other)).toEqual(all);
  });

  test('moves no lane that need not move', () => {
    const three = settle([claim('a'), claim('b'), claim('c')]).assigned;
    const left = [claim('a', three.get('a')), claim('c', three.get('c'))];
    const { assigned, rounds } = settle(left);
    expect(rounds).toBe(1);
    expect(counts(assigned)).toEqual([6, 6]);
    for (const member of ['a', 'c']) expect(assigned.get(member)).toEqual(expect.arrayContaining(three.get(member)!));
  });

  test('leaves the odd ones with those who have them', () => {
    const seven = all.slice(0, 7);
    const { assigned, rounds } = settle([claim('b', all.slice(7)), claim('a', seven), claim('c')]);
    expect(counts(assigned).sort()).toEqual([4, 4, 4]);
    expect(rounds).toBe(2);
    const odd = assignLanes(5, [claim('a', [0, 1]), claim('b', [2, 3, 4])]);
    expect(odd.get('b')).toEqual([2, 3, 4]);
  });

  test('counts the later of two claims to a lane, and none to a lane that is not there', () => {
    const assigned = assignLanes(2, [claim('late', [0], 7), claim('early', [0, 1, 9], 3)]);
    expect(assigned.get('late')).toEqual([0]);
    expect(assigned.get('early')).toEqual([1]);
  });

  test('leaves those without a lane that are more than the lanes', () => {
    expect(counts(assignLanes(2, [claim('a'), claim('b'), claim('c')]))).toEqual([1, 1, 0]);
  });
});
