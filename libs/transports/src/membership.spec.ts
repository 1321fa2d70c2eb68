import { jest } from '@jest/globals';
import { laneOwners } from './lane-owners.js';
import { Membership } from './membership.js';
import { NOTHING_IN_HAND, readPresence, writePresence, type InHand } from './presence.js';

const LANES = 8;

/** A hall where everyone hears everyone, and nobody at all while it is silent. */
class Hall {
  readonly members = new Map<string, Membership>();
  readonly owned = new Map<string, ReadonlySet<number>>();
  readonly deaf = new Set<string>();

  join(instance: string, inHand: InHand = NOTHING_IN_HAND): Membership {
    const membership = new Membership({
      instance,
      lanes: LANES,
      send: (content) => this.#spread(instance, content),
      inHand: () => inHand,
      onOwned: (lanes) => this.owned.set(instance, lanes),
    });
    this.members.set(instance, membership);
    membership.start();
    membership.take(true);
    return membership;
  }

  close(): void {
    for (const member of this.members.values()) member.close();
  }

  #spread(from: string, content: Uint8Array): void {
    if (this.deaf.has(from)) return;
    for (const [name, member] of this.members) if (!this.deaf.has(name)) member.hear(content);
  }

  /** Which instance believes to own each lane; several, where views differ. */
  owners(...instances: string[]): string[] {
    const lanes = Array.from({ length: LANES }, (_, lane) => lane);
    return lanes.map((lane) => instances.filter((instance) => this.owned.get(instance)?.has(lane)).join());
  }
}

describe('Membership', () => {
  let hall: Hall;

  beforeEach(() => {
    jest.useFakeTimers();
    hall = new Hall();
  });

  afterEach(() => {
    hall.close();
    jest.useRealTimers();
  });

  test('gives one alone all lanes, at once', () => {
    hall.join('a');
    expect(hall.owners('a')).toEqual(laneOwners(LANES, ['a']));
  });

  test('shares the lanes with who comes without waiting for the next second', () => {
    for (const instance of ['a', 'b', 'c']) hall.join(instance);
    expect(hall.owners('a', 'b', 'c')).toEqual(laneOwners(LANES, ['a', 'b', 'c']));
  });

  test('gives the lanes of one that leaves to the others at once', () => {
    for (const instance of ['a', 'b', 'c']) hall.join(instance);
    hall.members.get('b')!.close();
    expect(hall.owners('a', 'c')).toEqual(laneOwners(LANES, ['a', 'c']));
  });

  test('gives the lanes of one that falls silent to the others after four seconds, not before', () => {
    for (const instance of ['a', 'b', 'c']) hall.join(instance);
    hall.deaf.add('b');
    jest.advanceTimersByTime(3_900);
    const before = [...hall.owned.get('a')!];
    jest.advanceTimersByTime(2_000);
    expect(hall.owners('a', 'c')).toEqual(laneOwners(LANES, ['a', 'c']));
    expect(before).not.toEqual([...hall.owned.get('a')!]);
    hall.deaf.clear();
    jest.advanceTimersByTime(1_000);
    expect(hall.owners('a', 'b', 'c')).toEqual(laneOwners(LANES, ['a', 'b', 'c']));
  });

  test('gives no lanes to one that takes none, and hears of what it has in hand', () => {
    hall.join('a');
    const inHand = { lanes: [[3, 2] as const], bytes: 20, oldestAtMs: 5 };
    hall.join('b', inHand).take(false);
    expect(hall.owners('a')).toEqual(laneOwners(LANES, ['a']));
    expect([...hall.owned.get('b')!]).toEqual([]);
    expect(hall.members.get('a')!.inHandOfOthers).toEqual([inHand]);
    hall.members.get('b')!.take(true);
    expect(hall.owners('a', 'b')).toEqual(laneOwners(LANES, ['a', 'b']));
  });

  test('says nothing more once it is closed', () => {
    hall.join('a');
    hall.close();
    expect(jest.getTimerCount()).toBe(0);
  });

  test('passes over whatever else is sent to its exchange', () => {
    hall.join('a');
    for (const text of ['', '{', '{}', '{"instance":"b"}', '[]']) hall.members.get('a')!.hear(Buffer.from(text));
    expect(hall.owners('a')).toEqual(laneOwners(LANES, ['a']));
    const said = { instance: 'x', takes: true, leaves: false, inHand: NOTHING_IN_HAND };
    expect(readPresence(writePresence(said))).toEqual(said);
  });
});
