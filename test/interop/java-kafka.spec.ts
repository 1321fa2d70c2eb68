import { describeWith, findKafka, KafkaServer } from '#testing';
import { ForeignProduct } from './foreign-product.js';
import { buildJavaPrograms, findJavaTools, runJavaProgram } from './java-programs.js';

const PREPARE_MS = 15 * 60_000;
const RUN_MS = 4 * 60_000;
/** Enough for several lanes. */
const ORDERS = 8;

async function find(): Promise<unknown> {
  const tools = await findJavaTools();
  return typeof tools === 'string' ? tools : findKafka();
}

await describeWith(find, 'A Java program on Kafka', () => {
  let server: KafkaServer;
  let product: ForeignProduct;

  beforeAll(async () => {
    await buildJavaPrograms();
    server = await KafkaServer.start();
    product = await ForeignProduct.start({ TRANSPORT: 'kafka', KAFKA_BROKERS: server.address });
  }, PREPARE_MS);

  afterAll(async () => {
    await product?.close();
    await server?.remove();
  });

  test.each([
    ['Spring Kafka and its JSON serializer', 'SpringKafka'],
    ['a Spring Integration flow to an outbound adapter', 'KafkaFlow'],
  ])(
    'places orders by %s, and is told their outcomes',
    async (_way, program) => {
      const ids = ForeignProduct.newIds(ORDERS);
      const told = await runJavaProgram(program, [server.address, ...ids]);
      expect(told.toSorted()).toEqual(ids.map((id) => `${id} applied`).toSorted());
      for (const orderId of ids)
        expect(await product.order(orderId)).toMatchObject({ orderId, customerId: 'customer-42' });
    },
    RUN_MS,
  );
});
