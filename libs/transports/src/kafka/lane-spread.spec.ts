import { describeWithKafka, until } from '#testing';
import { DEADLINE_MS, envelope, evenSpread, idsOf, Worker } from '../broker-worker.fixture.js';
import { TestBroker } from './kafka.fixture.js';

const LANES = 12;
const SUITE_MS = 180_000;
const SPREAD_MS = 120_000;

for (const protocol of ['classic', 'consumer']) {
  await describeWithKafka(`Lanes over several processes on Kafka, with the ${protocol} protocol`, () => {
    let broker: TestBroker;

    beforeAll(async () => {
      broker = await TestBroker.create();
    }, SUITE_MS);

    afterEach(() => broker.endTest());

    const worker = async (lanes = LANES) => new Worker(await broker.open(lanes, { KAFKA_GROUP_PROTOCOL: protocol }));

    test(
      'are spread evenly, and move when one joins, pauses, resumes or leaves',
      async () => {
        const [first, second, third] = [await worker(), await worker(), await worker()];
        await first.consume();
        expect(await evenSpread([first], LANES)).toEqual([12]);
        await second.consume();
        const consumer = await third.consume();
        expect(await evenSpread([first, second, third], LANES)).toEqual([4, 4, 4]);
        await consumer.pause();
        expect(await evenSpread([first, second], LANES)).toEqual([6, 6]);
        await consumer.resume();
        expect(await evenSpread([first, second, third], LANES)).toEqual([4, 4, 4]);
        await second.transport.close(DEADLINE_MS);
        expect(await evenSpread([first, third], LANES)).toEqual([6, 6]);
      },
      2 * SPREAD_MS,
    );

    test(
      'wait at their owner until a batch of theirs has ended, and go on where it ended',
      async () => {
        const [busy, young] = [await worker(1), await worker(1)];
        const { promise: held, resolve: release } = Promise.withResolvers<void>();
        const commands = Array.from({ length: 30 }, () => envelope(0));
        for (const command of commands) await busy.transport.publish(command, DEADLINE_MS);
        const consumer = await busy.consume(() => held);
        await until(() => busy.batches.length === 1, 'a batch runs', DEADLINE_MS);
        await young.consume();
        const pausing = consumer.pause();
        await young.transport.backlog();
        expect(young.batches).toEqual([]);
        release();
        await pausing;
        const first = idsOf(busy.batches[0]!);
        await until(() => young.batches.flatMap(idsOf).length === 30 - first.length, 'the rest has come', SPREAD_MS);
        expect([...first, ...young.batches.flatMap(idsOf)]).toEqual(commands.map(({ id }) => id));
      },
      2 * SPREAD_MS,
    );
  });
}
