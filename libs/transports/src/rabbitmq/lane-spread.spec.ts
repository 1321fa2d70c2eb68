import { describeWithRabbitMq } from '#testing';
import { evenSpread, Worker } from '../broker-worker.fixture.js';
import { LANES, testSpread } from '../lane-spread.fixture.js';
import { TestBroker } from './rabbitmq.fixture.js';

await describeWithRabbitMq('Lanes over several processes on RabbitMQ', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  testSpread((lanes) => broker.open(lanes));

  test('move within the heartbeat when a process freezes, and it takes its share again when it wakes', async () => {
    const proxy = await broker.proxy();
    const env = { RABBITMQ_URLS: proxy.urlOf(broker.vhost.url), RABBITMQ_HEARTBEAT_MS: '1000' };
    const [frozen, other] = [new Worker(await broker.open(LANES, env)), new Worker(await broker.open(LANES))];
    await other.consume();
    await frozen.consume();
    expect(await evenSpread([other, frozen], LANES)).toEqual([4, 5]);
    proxy.freeze();
    expect(await evenSpread([other], LANES)).toEqual([9]);
    proxy.thaw();
    expect(await evenSpread([other, frozen], LANES)).toEqual([4, 5]);
  });
});
