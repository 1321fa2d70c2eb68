import { describeWithKafka, until } from '#testing';
import { DEADLINE_MS, envelope, Worker } from '../broker-worker.fixture.js';
import { TestBroker } from './kafka.fixture.js';

const SUITE_MS = 180_000;

await describeWithKafka('What was advanced past', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  }, SUITE_MS);

  afterEach(() => broker.endTest());

  test('is deleted at the broker, and nothing beyond', async () => {
    const worker = new Worker(await broker.open(1));
    const { promise: held } = Promise.withResolvers<void>();
    let batches = 0;
    for (let count = 0; count < 20; count++) await worker.transport.publish(envelope(0), DEADLINE_MS);
    await worker.consume(() => (++batches === 1 ? undefined : held));
    await until(async () => (await worker.transport.backlog()).count.value < 20, 'some are settled', DEADLINE_MS);
    const waiting = (await worker.transport.backlog()).count.value;
    await worker.transport.trim();
    const start = await broker.withAdmin(async (admin) => {
      const topics = [{ name: broker.commands, partitions: [{ partitionIndex: 0, timestamp: -2n }] }];
      return (await admin.listOffsets({ topics }))[0]?.partitions[0]?.offset;
    });
    expect(Number(start)).toBe(20 - waiting);
    expect((await worker.transport.backlog()).count.value).toBe(waiting);
  });
});
