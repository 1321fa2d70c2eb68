import { seeded } from '#testing';
import { Clients } from './clients.js';
import { amount } from './length.js';
import { startProduct, type Product } from './product.js';
import { reckon } from './reckoning.js';

const KILLS = 10;

describe('processes of the product are killed under load', () => {
  let product: Product;

  beforeEach(async () => {
    product = await startProduct();
  });

  afterEach(async () => {
    await product?.remove();
  });

  test(`${KILLS} times at seeded moments: what was accepted is accounted for, once, in order`, async () => {
    const random = seeded();
    const clients = new Clients(product.url, random, { clients: 8 });
    clients.start();
    for (let kill = 0; kill < KILLS; kill++) {
      await new Promise((resolve) => setTimeout(resolve, random.integer(100, amount(800, 5_000))));
      const killed = random.pick(product.processes);
      await killed.kill();
      await killed.start();
    }
    await clients.stop();

    const reckoning = await reckon(product.databaseUrl, clients);
    process.stdout.write(`${KILLS} kills: ${reckoning.accepted} accepted and accounted for\n`);
    expect(reckoning.accepted).toBeGreaterThan(KILLS);
    expect(clients.faults).toEqual([]);
    expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });
  }, 240_000);
});
