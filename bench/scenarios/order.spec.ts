import { SYSTEMS } from '../systems/index.js';
import { orderOf } from './order.js';

const namesOf = (round: number, peerRounds: number) => orderOf(round, SYSTEMS, { peerRounds }).map(({ name }) => name);

it('ours and the reference change their order from round to round, and each is there once', () => {
  const ours = SYSTEMS.filter(({ kind }) => kind !== 'peer').map(({ name }) => name);
  expect(namesOf(1, 0)).toEqual(ours);
  expect(namesOf(2, 0)).toEqual(ours.toReversed());
  expect(namesOf(3, 0)).toEqual(ours);
});

it('peers are measured behind them, in their rounds only', () => {
  expect(namesOf(2, 2).toSorted()).toEqual(SYSTEMS.map(({ name }) => name).toSorted());
  expect(namesOf(2, 2).at(-1)).toBe(SYSTEMS.at(-1)?.name);
  expect(namesOf(3, 2)).not.toContain(SYSTEMS.at(-1)?.name);
});
