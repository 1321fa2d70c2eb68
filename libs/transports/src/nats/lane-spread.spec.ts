import { describeWithNats, until } from '#testing';
import { DEADLINE_MS, envelope, evenSpread, Worker } from '../broker-worker.fixture.js';
import { TestBroker } from './nats.fixture.js';

const LANES = 9;

await describeWithNats('Lanes over several processes on NATS', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  const worker = async () => new Worker(await broker.open(LANES));

  test('are spread evenly, and move when one joins, pauses, resumes or leaves', async () => {
    const [first, second, third] = [await worker(), await worker(), await worker()];
    await first.consume();
    expect(await evenSpread([first], LANES)).toEqual([9]);
    await second.consume();
    const consumer = await third.consume();
    expect(await evenSpread([first, second, third], LANES)).toEqual([3, 3, 3]);
    await consumer.pause();
    expect(await evenSpread([first, second], LANES)).toEqual([4, 5]);
    await consumer.resume();
    expect(await evenSpread([first, second, third], LANES)).toEqual([3, 3, 3]);
    await second.transport.close(DEADLINE_MS);
    expect(await evenSpread([first, third], LANES)).toEqual([4, 5]);
  });

  test('go on while one of them is hot, and a new process has its share of the others', async () => {
    const [busy, young] = [await worker(), await worker()];
    const { promise: hot, resolve: cool } = Promise.withResolvers<void>();
    await busy.consume(({ lane }) => (lane === 4 ? hot : undefined));
    await Promise.all(Array.from({ length: 200 }, () => busy.transport.publish(envelope(4), DEADLINE_MS)));
    await until(() => busy.lanes.includes(4), 'the hot lane is in hand');
    await busy.publishToAll(LANES);
    await until(() => busy.lanes.length === LANES, 'the other lanes go on');
    await young.consume();
    const hasItsShare = async () => {
      await busy.publishToAll(LANES);
      return young.lanes.filter((lane) => lane !== 4).length >= 3;
    };
    await until(hasItsShare, 'the new one has its share');
    cool();
    await until(async () => (await busy.transport.backlog()).count.value === 0, 'all were settled');
    expect(young.lanes.length).toBeLessThan(LANES);
  });
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
