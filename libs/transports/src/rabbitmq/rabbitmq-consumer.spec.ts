import { setImmediate } from 'node:timers/promises';
import { describeWithRabbitMq, until } from '#testing';
import { Worker } from '../broker-worker.fixture.js';
import { TestBroker } from './rabbitmq.fixture.js';

const LANES = 4;

await describeWithRabbitMq('A RabbitMQ consumer', () => {
  let broker: TestBroker;
  let worker: Worker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  beforeEach(async () => {
    worker = new Worker(await broker.open(LANES));
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  test('does what came last when pauses and resumes overlap', async () => {
    const consumer = await worker.consume();
    await worker.publishToAll(LANES);
    await until(() => worker.lanes.length === LANES, 'it has all lanes');
    await Promise.all([consumer.pause(), consumer.resume(), consumer.pause(), consumer.resume()]);
    worker.batches.length = 0;
    await worker.publishToAll(LANES);
    await until(() => worker.lanes.length === LANES, 'it has all lanes again');
    await Promise.all([consumer.resume(), consumer.pause()]);
    worker.batches.length = 0;
    await worker.publishToAll(LANES);
    await until(async () => (await worker.transport.backlog()).count.value === LANES, 'all of them wait');
    expect(worker.batches).toEqual([]);
  });

  test('is paused when the batches that lost their lane have ended too', async () => {
    const proxy = await broker.proxy();
    const one = new Worker(
      await broker.open(1, { RABBITMQ_PREFIX: 'cut', RABBITMQ_URLS: proxy.urlOf(broker.vhost.url) }),
    );
    const batch = Promise.withResolvers<void>();
    const consumer = await one.consume(() => batch.promise);
    await one.publishToAll(1);
    await until(() => one.batches.length === 1, 'a batch runs');
    await proxy.refuse();
    await until(() => one.transport.health.state.status === 'down', 'its lane is lost');
    let paused = false;
    const pausing = consumer.pause().then(() => (paused = true));
    await setImmediate();
    expect(paused).toBe(false);
    batch.resolve();
    await pausing;
  });
});
