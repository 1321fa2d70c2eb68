import { ArtemisServer, describeWith, findArtemis } from '#testing';
import { ForeignProduct } from './foreign-product.js';
import { buildJavaPrograms, findJavaTools, runJavaProgram } from './java-programs.js';

const PREPARE_MS = 15 * 60_000;
const RUN_MS = 4 * 60_000;
/** Enough for several lanes. */
const ORDERS = 8;

async function find(): Promise<unknown> {
  const tools = await findJavaTools();
  return typeof tools === 'string' ? tools : findArtemis();
}

await describeWith(find, 'A JMS program on Artemis', () => {
  let server: ArtemisServer;
  let product: ForeignProduct;

  beforeAll(async () => {
    await buildJavaPrograms();
    server = await ArtemisServer.start();
    product = await ForeignProduct.start({ TRANSPORT: 'activemq', ACTIVEMQ_URLS: server.url });
  }, PREPARE_MS);

  afterAll(async () => {
    await product?.close();
    await server?.remove();
  }, RUN_MS);

  test.each([
    ['Artemis’ own client', 'artemis', 'tcp'],
    ['Qpid’s, over AMQP 1.0', 'qpid', 'amqp'],
  ])(
    'places orders by %s, and is told their outcomes',
    async (_client, name, scheme) => {
      const ids = ForeignProduct.newIds(ORDERS);
      const { username, password } = server.account;
      const url = `${scheme}://127.0.0.1:${server.port}`;
      const told = await runJavaProgram('Jms', [name, url, username, password, ...ids]);
      expect(told.toSorted()).toEqual(ids.map((id) => `${id} applied`).toSorted());
      for (const orderId of ids)
        expect(await product.order(orderId)).toMatchObject({ orderId, customerId: 'customer-42' });
    },
    RUN_MS,
  );
});
