import { describeWithRabbitMq, until } from '#testing';
import { DEADLINE_MS, envelope, idsOf, Worker } from '../broker-worker.fixture.js';
import { TestBroker } from './rabbitmq.fixture.js';

const LANES = 4;

await describeWithRabbitMq('A lane on RabbitMQ', () => {
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

  const queueOf = (lane: number): string => `${broker.prefix}.commands.${lane}-of-${LANES}`;

  test('is made anew when its queue is deleted, and no other lane changes hands', async () => {
    await worker.consume();
    await worker.publishToAll(LANES);
    await until(() => worker.lanes.length === LANES, 'it has all lanes');
    const before = new Map(worker.batches.splice(0).map(({ lane, ownership }) => [lane, ownership]));
    await broker.withChannel((channel) => channel.deleteQueue(queueOf(2)));
    const publishes = () => worker.transport.publish(envelope(2), DEADLINE_MS).then(() => true);
    await until(publishes, 'the lane takes commands again');
    await worker.publishToAll(LANES);
    await until(() => worker.lanes.length === LANES, 'all lanes go on');
    for (const { lane, ownership } of worker.batches) expect(ownership === before.get(lane)).toBe(lane !== 2);
  });

  test('comes when another client that holds it leaves', async () => {
    const command = envelope(0);
    await broker.withChannel(async (channel) => {
      const { promise: held, resolve: hold } = Promise.withResolvers<unknown>();
      await channel.consume(queueOf(0), (message) => hold(message?.properties.messageId));
      await worker.consume();
      await worker.transport.publish(command, DEADLINE_MS);
      expect(await held).toBe(command.id);
      expect(worker.batches).toEqual([]);
    });
    await until(() => worker.batches.length > 0, 'the lane came');
    expect(worker.batches.flatMap(idsOf)).toEqual([command.id]);
  });

  test('is counted with what others have in hand by a process that consumes nothing', async () => {
    const gateway = await broker.open(LANES);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await worker.consume(() => held);
    await gateway.publish(envelope(2, { timeMs: 1_000 }), DEADLINE_MS);
    await until(() => worker.batches.length === 1, 'it is in hand');
    const inHand = async () => {
      const { count, oldestAtMs, lanes } = await gateway.backlog();
      return count.value === 1 && oldestAtMs.value === 1_000 && lanes.join() === '0,0,1,0';
    };
    await until(inHand, 'the gateway counts it');
    release();
    await until(async () => (await gateway.backlog()).count.value === 0, 'it is settled');
    expect((await gateway.backlog()).oldestAtMs.value).toBeNull();
  });
});
