import { attractions, mostAttractive } from './rendezvous.js';

const LANES = 1_000;

const taker = (instance: string) => ({ instance, attractions: attractions(instance, LANES) });
const ownersAmong = (takers: readonly ReturnType<typeof taker>[]) =>
  Array.from({ length: LANES }, (_, lane) => mostAttractive(lane, takers)?.instance);

describe('The spreading of lanes', () => {
  const [a, b, c, d] = [taker('a'), taker('b'), taker('c'), taker('d')];

  test('gives everyone about the same share, whatever the order in which they came', () => {
    const owners = ownersAmong([a, b, c, d]);
    for (const { instance } of [a, b, c, d]) {
      expect(owners.filter((owner) => owner === instance).length).toBeGreaterThan(LANES / 5);
    }
    expect(ownersAmong([d, b, a, c])).toEqual(owners);
  });

  test('moves to one that joins only what it takes, and back when it leaves', () => {
    const [before, after] = [ownersAmong([a, b, c]), ownersAmong([a, b, c, d])];
    for (const [lane, owner] of after.entries()) expect([before[lane], 'd']).toContain(owner);
  });

  test('gives nothing to nobody', () => {
    expect(mostAttractive(0, [])).toBeUndefined();
  });
});
