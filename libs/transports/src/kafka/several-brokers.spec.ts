import { PublishError } from '#messaging';
import { describeWithKafka, KafkaServer, until } from '#testing';
import { DEADLINE_MS, envelope, idsOf, Worker } from '../broker-worker.fixture.js';
import { settingsOf } from './kafka.fixture.js';
import { KafkaTransport } from './kafka-transport.js';

const LANES = 6;
const SUITE_MS = 600_000;
const PATIENCE_MS = 180_000;

await describeWithKafka('A cluster of three Kafka brokers', () => {
  let brokers: KafkaServer[] = [];
  const open: KafkaTransport[] = [];

  beforeAll(async () => {
    brokers = await KafkaServer.startCluster(3);
  }, SUITE_MS);

  afterEach(async () => {
    await Promise.all(open.splice(0).map((transport) => transport.close(DEADLINE_MS)));
  });

  afterAll(async () => {
    for (const broker of brokers) await broker.remove();
  });

  const process = async (prefix: string, env: Record<string, string> = {}): Promise<Worker<KafkaTransport>> => {
    const place = { KAFKA_BROKERS: brokers.map(({ address }) => address).join(','), KAFKA_PREFIX: prefix };
    const transport = new KafkaTransport(settingsOf({ ...place, KAFKA_REPLICAS: '3', ...env }), LANES);
    open.push(transport);
    await transport.open();
    return new Worker(transport);
  };

  /** Repeats it under the same id for as long as nobody says that it is stored, as a gateway does. */
  const publish = ({ transport }: Worker, one: ReturnType<typeof envelope>) =>
    until(() => transport.publish(one, DEADLINE_MS).catch(() => undefined), `${one.id} is stored`, PATIENCE_MS);

  const handed = (...workers: Worker[]) => new Set(workers.flatMap(({ batches }) => batches.flatMap(idsOf)));

  /** By lane, each command once, in the order in which they were first handed over. */
  const firstHanded = (worker: Worker, lane: number) => [
    ...new Set(worker.batches.filter((batch) => batch.lane === lane).flatMap(idsOf)),
  ];

  test('is not used before it is said how many of them keep each command', async () => {
    await expect(process('unsaid', { KAFKA_REPLICAS: '' })).rejects.toThrow(/3 brokers.*Set KAFKA_REPLICAS/);
  });

  for (const protocol of ['classic', 'consumer']) {
    test(
      `with the ${protocol} protocol each of them in turn may die under load: all that was confirmed is handed over, in order in each lane`,
      async () => {
        const env = { KAFKA_GROUP_PROTOCOL: protocol };
        const [gateway, persistence] = [await process(`each-${protocol}`), await process(`each-${protocol}`, env)];
        await persistence.consume();
        const sent: ReturnType<typeof envelope>[][] = Array.from({ length: LANES }, () => []);
        const storeInEachLane = (count: number) =>
          Promise.all(
            sent.map(async (ofLane, lane) => {
              for (let index = 0; index < count; index++) {
                const one = envelope(lane);
                ofLane.push(one);
                expect(await publish(gateway, one)).toEqual({ durability: 'replicated' });
              }
            }),
          );
        await storeInEachLane(5);
        for (const broker of brokers) {
          const storing = storeInEachLane(20);
          await broker.crash();
          await storing;
          const all = sent.flat();
          await until(() => handed(persistence).size === all.length, 'all are handed over with one away', PATIENCE_MS);
          await broker.start();
        }
        for (const [lane, ofLane] of sent.entries()) {
          expect(firstHanded(persistence, lane)).toEqual(ofLane.map(({ id }) => id));
        }
        const isEmpty = async () => (await gateway.transport.backlog()).count.value === 0;
        await until(isEmpty, 'nothing waits', PATIENCE_MS);
      },
      SUITE_MS,
    );
  }

  test(
    'takes nothing in while only one of them lives, says so, and goes on when another is back',
    async () => {
      const [gateway, persistence] = [await process('minority'), await process('minority')];
      await persistence.consume();
      const early = envelope(0);
      await publish(gateway, early);
      await until(() => handed(persistence).has(early.id), 'it arrives', PATIENCE_MS);
      await brokers[1]!.crash();
      await brokers[2]!.crash();
      const late = envelope(0);
      await expect(gateway.transport.publish(late, 5_000)).rejects.toBeInstanceOf(PublishError);
      const told = () => gateway.transport.health.state.reason ?? '';
      await until(() => /led by brokers that do not answer|have fewer than/.test(told()), 'it is told', PATIENCE_MS);
      await brokers[1]!.start();
      await publish(gateway, late);
      await until(() => handed(persistence).has(late.id), 'it goes on', PATIENCE_MS);
      await brokers[2]!.start();
      await until(() => gateway.transport.health.state.status === 'up', 'all is well again', PATIENCE_MS);
      expect(firstHanded(persistence, 0)).toEqual([early.id, late.id]);
    },
    SUITE_MS,
  );
});
