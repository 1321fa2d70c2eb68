import { until } from '#testing';
import { addressOf, DEADLINE_MS, idsOfLane, Installation, LANES, publishRound, type HandOver } from './tcp.fixture.js';
import type { TcpTransport } from './tcp-transport.js';

/** Longer than a publish, and shorter than a heartbeat. */
const UNDER_WAY_MS = 50;
const everyLane = Array.from({ length: LANES }, (_, lane) => lane);

describe('Lanes over TCP', () => {
  let here: Installation;

  beforeEach(() => {
    here = new Installation();
  });

  afterEach(() => here.close());

  /** Publishes rounds until the condition holds; returns how many there were in all. */
  async function publishUntil(gateway: TcpTransport, from: number, condition: () => boolean, what: string) {
    let round = from;
    await until(async () => {
      await publishRound(gateway, round);
      round += 1;
      return condition();
    }, what);
    return round;
  }

  const allSettled = (rounds: number, prefix?: string) =>
    until(
      () => everyLane.every((lane) => idsOfLane(lane, rounds, prefix).every((id) => here.settled.includes(id))),
      `all of ${rounds} rounds are settled`,
    );

  test('spread over the consumers, and a joining or leaving one moves only its share, in order and without repetition', async () => {
    const addresses = await here.freeAddresses(3);
    const [first, second] = [await here.listener(addresses[0]?.port), await here.listener(addresses[1]?.port)];
    await here.consume('first', first);
    await here.consume('second', second);
    const gateway = await here.gateway('gateway', addresses);
    const shared = () => new Set(here.owners().values()).size;
    let rounds = await publishUntil(gateway, 0, () => shared() === 2 && here.owners().size === LANES, 'two share');
    await allSettled(rounds);
    const before = here.owners();

    const third = await here.listener(addresses[2]?.port);
    await here.consume('third', third);
    rounds = await publishUntil(gateway, rounds, () => shared() === 3, 'the third has a lane');
    await allSettled(rounds);
    const between = here.owners();
    const moved = everyLane.filter((lane) => between.get(lane) !== before.get(lane));
    expect(new Set(moved.map((lane) => between.get(lane)))).toEqual(new Set(['third']));

    await second.close(DEADLINE_MS);
    rounds = await publishUntil(gateway, rounds, () => shared() === 2, 'the second has none');
    await allSettled(rounds);
    const after = here.owners();
    const left = everyLane.filter((lane) => after.get(lane) !== between.get(lane));
    expect(left).toEqual(everyLane.filter((lane) => between.get(lane) === 'second'));

    for (const lane of everyLane) expect(here.handedOver(lane)).toEqual(idsOfLane(lane, rounds));
  });

  test('wait for what the old owner has in hand before they move', async () => {
    const [one, other] = [await here.listener(), await here.listener()];
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    await here.consume('one', one, () => ended);
    const gateway = await here.gateway('gateway', [addressOf(one), addressOf(other)]);
    await publishRound(gateway, 0);
    await until(() => here.handOvers.length === LANES, 'one has every lane in hand');
    await publishRound(gateway, 1);
    await here.consume('other', other);
    const closing = one.close(DEADLINE_MS);
    await here.passMuch(other, gateway);
    expect(here.owners()).toEqual(new Map(everyLane.map((lane) => [lane, 'one'])));
    end();
    await closing;
    await allSettled(2);
    for (const lane of everyLane) {
      expect(here.handedOver(lane, 'one')).toEqual(idsOfLane(lane, 1));
      expect(here.handedOver(lane, 'other')).toEqual(idsOfLane(lane, 2).slice(1));
    }
  });

  /** A consumer behind a proxy that holds a batch of each lane, and one that would take them over. */
  async function heldBehindProxy(settleOther?: (handOver: HandOver) => Promise<void>) {
    const [held, other] = [await here.listener(), await here.listener()];
    const proxy = await here.proxyTo(held);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    await here.consume('held', held, () => ended);
    const gateway = await here.gateway('gateway', [addressOf(proxy), addressOf(other)]);
    await publishRound(gateway, 0);
    await until(() => here.handOvers.length === LANES, 'every lane is in hand');
    for (const round of [1, 2]) await publishRound(gateway, round);
    await here.consume('other', other, settleOther);
    return { gateway, proxy, end };
  }

  test('go to another when the owner dies, from what it had in hand on, and its late settlements advance nothing', async () => {
    const { proxy, end } = await heldBehindProxy();
    await proxy.refuse();
    await allSettled(3);
    for (const lane of everyLane) expect(here.handedOver(lane, 'other')).toEqual(idsOfLane(lane, 3));
    end();
    await until(() => here.settled.length === LANES * 4, 'the old owner has ended its batches');
  });

  test('go to another when the owner freezes, and nothing is skipped when it wakes', async () => {
    const { promise: thawed, resolve: goOn } = Promise.withResolvers<void>();
    const { gateway, proxy, end } = await heldBehindProxy(() => thawed);
    proxy.freeze();
    await until(() => here.handOvers.length === 2 * LANES, 'another has every lane in hand');
    end();
    proxy.thaw();
    await until(() => here.settled.length >= LANES, 'the old owner ends its batches');
    expect((await gateway.backlog()).count.value).toBe(3 * LANES);
    goOn();
    await allSettled(3);
    await until(async () => (await gateway.backlog()).count.value === 0, 'all is advanced past');
    for (const lane of everyLane) expect(here.handedOver(lane, 'other').slice(0, 3)).toEqual(idsOfLane(lane, 3));
  });

  test('of two gateways are merged: one batch at a time, in order of each, and no gateway waits behind the backlog of another', async () => {
    const consumer = await here.listener();
    const gateways = [
      await here.gateway('a', [addressOf(consumer)]),
      await here.gateway('b', [addressOf(consumer)]),
    ] as const;
    for (let round = 0; round < 40; round++) await publishRound(gateways[0], round, 'a');
    for (let round = 0; round < 10; round++) await publishRound(gateways[1], round, 'b');
    const running = new Set<number>();
    const { promise: offered, resolve: goOn } = Promise.withResolvers<void>();
    await until(() => gateways.every(({ links }) => links.length === 1), 'both are linked');
    await here.consume('one', consumer, async ({ batch }) => {
      expect(running.has(batch.lane)).toBe(false);
      running.add(batch.lane);
      await offered;
      await new Promise((resolve) => setImmediate(resolve));
      running.delete(batch.lane);
    });
    await here.passMuch(gateways[1], consumer);
    goOn();
    await allSettled(40, 'a');
    await allSettled(10, 'b');
    for (const lane of everyLane) {
      const ids = here.handedOver(lane);
      expect(ids.filter((id) => id.startsWith('a'))).toEqual(idsOfLane(lane, 40, 'a'));
      expect(ids.filter((id) => id.startsWith('b'))).toEqual(idsOfLane(lane, 10, 'b'));
      expect(ids.findLastIndex((id) => id.startsWith('b'))).toBeLessThan(35);
    }
    const told = await consumer.backlog();
    expect(told.count.exact).toBe(false);
    await until(async () => (await consumer.backlog()).count.value === 0, 'both have told that nothing waits');
  });

  test.each(['stopped and another started', 'paused and resumed'])(
    'go on when a consumer is %s while offers are still under way',
    async (how) => {
      const listener = await here.listener();
      const proxy = await here.proxyTo(listener);
      const gateway = await here.gateway('gateway', [addressOf(proxy)]);
      let consumer = await here.consume('one', listener);
      await publishRound(gateway, 0);
      await allSettled(1);
      proxy.delay(UNDER_WAY_MS);
      for (let round = 1; round <= 3; round++) {
        const publishing = publishRound(gateway, round);
        if (how.startsWith('paused')) {
          await consumer.pause();
          await consumer.resume();
        } else {
          await consumer.stop(DEADLINE_MS);
          consumer = await here.consume('another', listener);
        }
        await publishing;
        await allSettled(round + 1);
      }
      for (const lane of everyLane) expect(here.handedOver(lane)).toEqual(idsOfLane(lane, 4));
    },
  );
});
