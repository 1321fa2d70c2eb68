import { describeWithNats, until } from '#testing';
import { DEADLINE_MS, Worker } from '../broker-worker.fixture.js';
import { LANES, testSpread } from '../lane-spread.fixture.js';
import { TestBroker } from './nats.fixture.js';

await describeWithNats('Lanes over several processes on NATS', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  testSpread((lanes) => broker.open(lanes));
});

await describeWithNats('Lanes that change hands on NATS', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  const worker = async () => new Worker(await broker.open(LANES));

  test('are each held by one at a time, while processes come and go', async () => {
    const running = new Map<number, string>();
    const overlaps: string[] = [];
    const holding =
      (name: string) =>
      async ({ lane }: { lane: number }) => {
        const other = running.get(lane);
        if (other !== undefined && other !== name) overlaps.push(`${name} and ${other} at lane ${lane}`);
        running.set(lane, name);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running.delete(lane);
      };
    const workers = [await worker(), await worker(), await worker()];
    let publishing = true;
    const flow = (async () => {
      while (publishing) await workers[0]!.publishToAll(LANES);
    })();
    for (const [index, one] of workers.entries()) {
      const consumer = await one.consume(holding(`worker ${index}`));
      await until(() => one.lanes.length >= 3, 'it has lanes');
      if (index === 1) await consumer.stop(DEADLINE_MS);
    }
    publishing = false;
    await flow;
    await until(async () => (await workers[0]!.transport.backlog()).count.value === 0, 'all were settled');
    expect(overlaps).toEqual([]);
  });

  test('move when a process freezes, and what it settles when it wakes removes nothing that another has in hand', async () => {
    const proxy = await broker.proxy();
    const env = { NATS_URLS: proxy.urlOf(broker.server.url), NATS_HEARTBEAT_MS: '1000' };
    const [frozen, other] = [new Worker(await broker.open(LANES, env)), await worker()];
    const { promise: late, resolve: settle } = Promise.withResolvers<void>();
    await frozen.consume(() => late);
    await other.publishToAll(LANES);
    await until(() => frozen.lanes.length === LANES, 'it has a batch of each lane in hand');
    proxy.freeze();
    for (let count = 0; count < 30; count++) await other.publishToAll(LANES);
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    await other.consume(() => held);
    await until(() => other.lanes.length === LANES, 'the other one has all lanes', 2 * DEADLINE_MS);
    settle();
    proxy.thaw();
    await until(() => frozen.transport.health.state.status === 'up', 'it has woken');
    expect((await other.transport.backlog()).count.value).toBe(31 * LANES);
    letGo();
    await until(async () => (await other.transport.backlog()).count.value === 0, 'all were settled');
  });
});
