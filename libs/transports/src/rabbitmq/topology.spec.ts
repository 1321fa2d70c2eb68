import { describeWithRabbitMq, until } from '#testing';
import { DEADLINE_MS, envelope, idsOf, OPTIONS } from '../broker-worker.fixture.js';
import { TestBroker } from './rabbitmq.fixture.js';

const LANES = 2;

await describeWithRabbitMq('What the transport is made of at the broker', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterEach(() => broker.endTest());

  afterAll(() => broker.remove());

  test.each([
    [
      { RABBITMQ_LANE_COUNT_MAX: '7' },
      'RABBITMQ_LANE_COUNT_MAX',
      /another x-max-length \(received '7' but current is '100000'\)/,
    ],
    [{ RABBITMQ_LANE_BYTES_MAX: '1000' }, 'RABBITMQ_LANE_BYTES_MAX', /another x-max-length-bytes \(received '1000'/],
    [{ RABBITMQ_REPLICAS: '1' }, 'RABBITMQ_REPLICAS', /another x-quorum-initial-group-size \(received/],
  ])('may not be there with other arguments: %j', async (env, setting, message) => {
    await (await broker.open(LANES)).close(DEADLINE_MS);
    await expect(broker.open(LANES, env)).rejects.toMatchObject({ setting, message: expect.stringMatching(message) });
  });

  test('may not be there with another number of lanes, and both are told', async () => {
    await (await broker.open(LANES)).close(DEADLINE_MS);
    await expect(broker.open(LANES + 1)).rejects.toMatchObject({
      setting: 'LANES',
      message: expect.stringMatching(/has 2 lanes at the broker, and LANES is 3/),
    });
  });

  test('may not be there as something else', async () => {
    await broker.withChannel((channel) => channel.assertExchange(`${broker.prefix}.notices`, 'topic'));
    await expect(broker.open(LANES)).rejects.toMatchObject({
      setting: 'RABBITMQ_PREFIX',
      message: expect.stringMatching(/notices exists with another type \(received 'fanout' but current is 'topic'\)/),
    });
  });

  test('is there once, however many make it at the same time', async () => {
    const transports = await Promise.all(Array.from({ length: 4 }, () => broker.open(LANES)));
    for (const transport of transports) await transport.publish(envelope(1), DEADLINE_MS);
    expect((await transports[0]!.backlog()).lanes).toEqual([0, 4]);
  });

  test('takes what a sender that knows of no lanes sends to the routing key in', async () => {
    const transport = await broker.open(LANES);
    const exchange = `${broker.prefix}.commands`;
    await broker.withChannel(async (channel) => {
      const options = { messageId: '17', type: 'a.b.v1', contentType: 'application/json' };
      channel.publish(exchange, 'in', Buffer.from('{}'), options);
      await channel.checkExchange(exchange);
    });
    const seen: string[] = [];
    await transport.consume(OPTIONS, async (batch) => void seen.push(`${batch.lane}/${idsOf(batch).join()}`));
    await until(() => seen.length > 0, 'it arrived');
    expect(seen).toEqual(['0/17']);
  });
});
