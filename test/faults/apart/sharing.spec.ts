import { seeded, until } from '#testing';
import { Client } from 'pg';
import { anOrder, JsonClient, type OperationBody } from '../../product/json-client.js';
import { Clients } from '../clients.js';
import { amount, pass } from '../length.js';
import { startProduct, type Product } from '../product.js';
import { reckon } from '../reckoning.js';
import { LaneOwners } from './lane-owners.js';

const LOAD_MS = amount(4_000, 20_000);
const LOOK_MS = 5;
const HOT_COMMANDS = 200;
const OTHER_ORDERS = 64;

describe('two gateways and three persistence processes on one queue', () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct({ gateways: 2, persistences: 3 });
  });

  afterAll(async () => {
    await product?.remove();
  });

  test('share the work, and what each of them accepted is accounted for, once, in order', async () => {
    const random = seeded();
    const crowds = product.gateways.map(({ url }) => new Clients(url, random, { clients: 6 }));
    const owners = await LaneOwners.watch(product.databaseUrl);
    const began = performance.now();
    for (const clients of crowds) clients.start();
    while (performance.now() - began < LOAD_MS || owners.spread.length < 3) {
      await owners.look();
      await pass(LOOK_MS);
    }
    await owners.end();
    await Promise.all(crowds.map((clients) => clients.stop()));
    const elapsedS = (performance.now() - began) / 1_000;

    const reckonings = await Promise.all(crowds.map((clients) => reckon(product.databaseUrl, clients)));
    const accepted = reckonings.reduce((sum, reckoning) => sum + reckoning.accepted, 0);
    process.stdout.write(
      `2 gateways, 3 persistence processes: ${Math.round(accepted / elapsedS)} commands/s, ` +
        `lanes seen at work: ${owners.spread.join(', ')}\n`,
    );
    expect(owners.spread).toHaveLength(3);
    expect(crowds.flatMap(({ faults }) => faults)).toEqual([]);
    for (const reckoning of reckonings) {
      expect(reckoning.accepted).toBeGreaterThan(0);
      expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });
    }
  }, 240_000);

  test('let a hot key that cannot get on wait by itself: the other lanes go on', async () => {
    const client = await new JsonClient(product.url).ready();
    const hot = anOrder();
    await client.post('/orders', hot, { prefer: 'wait=20' });
    const database = new Client({ connectionString: product.databaseUrl });
    await database.connect();
    try {
      await database.query('BEGIN');
      await database.query('SELECT 1 FROM orders WHERE id = $1 FOR UPDATE', [hot.orderId]);
      const cancel = () => client.post<OperationBody>(`/orders/${hot.orderId}/cancellation`, {});
      const flood = await Promise.all(Array.from({ length: HOT_COMMANDS }, cancel));
      const others = await Promise.all(
        Array.from({ length: OTHER_ORDERS }, () => client.post<OperationBody>('/orders', anOrder())),
      );
      const statusOf = async ({ body }: { body: OperationBody }) =>
        (await client.get<OperationBody>(body.links.self)).body.status;
      const appliedCount = async () =>
        (await Promise.all(others.map(statusOf))).filter((is) => is === 'applied').length;
      // A sixteenth of the keys shares the hot one's lane.
      await until(async () => (await appliedCount()) >= OTHER_ORDERS / 2, 'most of the others are applied', 20_000);
      expect(await Promise.all(flood.map(statusOf))).not.toContain('applied');
      await database.query('ROLLBACK');
      await until(async () => (await appliedCount()) === OTHER_ORDERS, 'all others are applied', 30_000);
      const ended = async () => (await Promise.all(flood.map(statusOf))).every((is) => is !== 'accepted');
      await until(ended, 'the hot key has gone on', 30_000);
    } finally {
      await database.end();
    }
  }, 120_000);
});
