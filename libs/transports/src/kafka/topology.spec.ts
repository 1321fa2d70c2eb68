import { describeWithKafka, until } from '#testing';
import { DEADLINE_MS, envelope } from '../broker-worker.fixture.js';
import { TestBroker } from './kafka.fixture.js';

const LANES = 2;
const SUITE_MS = 180_000;

await describeWithKafka('What the transport is made of in the cluster', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  }, SUITE_MS);

  afterEach(() => broker.endTest());

  const make = (partitions: number, configs: Record<string, string> = {}) =>
    broker.withAdmin((admin) =>
      admin.createTopics({
        topics: [broker.commands],
        partitions,
        replicas: 1,
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      }),
    );

  test('may not be there with another number of lanes, and both are told', async () => {
    await (await broker.open(LANES)).close(DEADLINE_MS);
    await expect(broker.open(LANES + 1)).rejects.toMatchObject({
      setting: 'LANES',
      message: expect.stringMatching(/has 2 partitions, and LANES is 3/),
    });
  });

  test('may not be a topic that deletes what was not consumed, and how to change it is told', async () => {
    await make(LANES);
    await expect(broker.open(LANES)).rejects.toMatchObject({
      message: expect.stringMatching(/retention.ms=604800000, which deletes commands .*--add-config retention.ms=-1/),
    });
  });

  test('may not have fewer replicas than are asked for', async () => {
    await (await broker.open(LANES)).close(DEADLINE_MS);
    await expect(broker.open(LANES, { KAFKA_REPLICAS: '3' })).rejects.toMatchObject({
      setting: 'KAFKA_REPLICAS',
      message: expect.stringMatching(/has 1 replicas, and KAFKA_REPLICAS is 3/),
    });
  });

  test('is not made where the cluster has fewer brokers than replicas are asked for', async () => {
    await expect(broker.open(LANES, { KAFKA_REPLICAS: '3' })).rejects.toMatchObject({
      setting: 'KAFKA_REPLICAS',
      message: expect.stringMatching(/fewer than 3 brokers/),
    });
  });

  test('is there once, however many make it at the same time, and says that one broker has it', async () => {
    const transports = await Promise.all(Array.from({ length: 4 }, () => broker.open(LANES)));
    for (const transport of transports) await transport.publish(envelope(1), DEADLINE_MS);
    expect((await transports[0]!.backlog()).lanes).toEqual([0, 4]);
    expect(transports[0]!.health.state).toEqual({ status: 'up', reason: expect.stringMatching(/One broker keeps/) });
    expect(transports[0]!.server).toMatch(/^Kafka/);
  });

  test('is reached past addresses at which nobody is', async () => {
    const transport = await broker.open(LANES, { KAFKA_BROKERS: `127.0.0.1:1, ${broker.address}` });
    await expect(transport.publish(envelope(0), DEADLINE_MS)).resolves.toEqual({ durability: 'disk' });
  });

  test('that is deleted refuses commands, and tells so', async () => {
    const transport = await broker.open(LANES);
    await broker.withAdmin((admin) => admin.deleteTopics({ topics: [broker.commands] }));
    await until(() => transport.health.state.status === 'down', 'its health tells', DEADLINE_MS);
    expect(transport.health.state.reason).toMatch(/Restart a process/);
    await expect(transport.publish(envelope(0), DEADLINE_MS)).rejects.toMatchObject({
      outcome: 'not-stored',
      failure: 'unroutable',
    });
  });
});
