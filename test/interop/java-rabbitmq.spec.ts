import { describeWith, findRabbitMq, createTestVhost, type TestVhost } from '#testing';
import { ForeignProduct } from './foreign-product.js';
import { buildJavaPrograms, findJavaTools, runJavaProgram } from './java-programs.js';

const PREPARE_MS = 15 * 60_000;
const RUN_MS = 4 * 60_000;
/** Enough for several lanes. */
const ORDERS = 8;

async function find(): Promise<unknown> {
  const tools = await findJavaTools();
  return typeof tools === 'string' || process.env['TEST_RABBITMQ_URL'] ? tools : findRabbitMq();
}

await describeWith(find, 'A Java program on RabbitMQ', () => {
  let vhost: TestVhost;
  let product: ForeignProduct;

  beforeAll(async () => {
    await buildJavaPrograms();
    vhost = await createTestVhost();
    product = await ForeignProduct.start({ TRANSPORT: 'rabbitmq', RABBITMQ_URLS: vhost.url });
  }, PREPARE_MS);

  afterAll(async () => {
    await product?.close();
    await vhost?.remove();
  }, RUN_MS);

  const ways: [string, string, string[]][] = [
    ['Spring AMQP and its JSON converter', 'SpringAmqp', []],
    ['a Spring Integration flow to an outbound adapter', 'RabbitFlow', ['orders']],
    ['a Spring Integration flow that makes CloudEvents', 'RabbitFlow', ['events']],
  ];

  test.each(ways)(
    'places orders by %s, and is told their outcomes',
    async (_way, program, args) => {
      const ids = ForeignProduct.newIds(ORDERS);
      const told = await runJavaProgram(program, [...args, vhost.url, ...ids]);
      expect(told.toSorted()).toEqual(ids.map((id) => `${id} applied`).toSorted());
      for (const orderId of ids) {
        expect(await product.order(orderId)).toMatchObject({
          orderId,
          customerId: 'customer-42',
          lines: [{ sku: 'espresso-1kg', quantity: 2, unitPriceCents: 1890 }],
        });
      }
    },
    RUN_MS,
  );

  test(
    'that forgot its converter makes a dead letter with the bytes of its object',
    async () => {
      const [id = ''] = ForeignProduct.newIds(1);
      await runJavaProgram('WrongSpringAmqp', [vhost.url, id]);
      const letter = await product.letterOf(id);
      expect(letter.error).toEqual({
        code: 'undecodable',
        message: expect.stringContaining('x-java-serialized-object'),
      });
      const bytes = Buffer.from(letter.payloadBase64, 'base64');
      // How each stream of a Java object begins, and the class of ours.
      expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xac, 0xed]));
      expect(bytes.includes('sluice.interop.Order')).toBe(true);
    },
    RUN_MS,
  );
});
