import { randomUUID } from 'node:crypto';
import { until } from '#testing';
import { anOrder, JsonClient, type OperationBody } from '../product/json-client.js';
import { DIES_BEFORE_ANSWER } from './death.js';
import { ENTRIES_THAT_DIE } from './entries.js';
import { amount } from './length.js';
import { startProduct, type Product } from './product.js';

const DEATHS = amount(3, 20);

describe('a gateway is killed between storing a command and answering', () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct({ entries: ENTRIES_THAT_DIE });
    await new JsonClient(product.url).ready();
  });

  afterAll(async () => {
    await product?.remove();
  });

  test(`${DEATHS} times: what was stored takes effect, and who repeats with the Idempotency-Key causes no second one`, async () => {
    const client = new JsonClient(product.url);
    for (let death = 0; death < DEATHS; death++) {
      const order = anOrder();
      const headers = { 'idempotency-key': `"${randomUUID()}"` };
      const place = (more = {}) => client.post<OperationBody>('/orders', order, { ...headers, ...more });
      await expect(place({ [DIES_BEFORE_ANSWER]: '1' })).rejects.toThrow('fetch failed');
      const [gateway] = product.gateways;
      await gateway?.ended();
      await gateway?.start();
      const read = () => client.get(`/orders/${order.orderId}`);
      await until(async () => (await read()).status === 200, 'the order is placed, though nobody was told');
      const { status, body } = await place({ prefer: 'wait=20' });
      // A second placing would have been rejected: the order is there already.
      expect(status).toBe(201);
      expect(body.result).toMatchObject({ orderId: order.orderId, version: 1 });
      expect((await read()).body).toMatchObject({ version: 1 });
    }
  }, 240_000);
});
