import { seeded, until } from '#testing';
import { anOrder, JsonClient } from '../../product/json-client.js';
import { createBreakableQueue, DISRUPTIONS, type BreakableQueue } from '../breakable-queue.js';
import { Clients } from '../clients.js';
import { amount, pass } from '../length.js';
import { startProduct, type Product } from '../product.js';
import { reckon } from '../reckoning.js';

const CALM_MS = amount(1_000, 5_000);
const DISRUPTED_MS = amount(4_000, 30_000);
/** The time that it really takes is printed; a busy machine is no fault. */
const BACK_TO_FLOW_MS_MAX = 60_000;

describe('the way between gateway and persistence breaks under load', () => {
  let queue: BreakableQueue;
  let product: Product;

  beforeAll(async () => {
    queue = await createBreakableQueue();
    product = await startProduct({ queue });
  });

  afterAll(async () => {
    await product?.remove();
  });

  test.each(DISRUPTIONS)(
    '%s: commands flow again soon after, and what was accepted is accounted for, once, in order',
    async (disruption) => {
      const clients = new Clients(product.url, seeded(), { clients: 6, pauseMs: 10 });
      clients.start();
      await pass(CALM_MS);
      const mend = await queue.disruptions[disruption]?.();
      if (!mend) throw new Error(`There is no disruption '${disruption}'.`);
      await pass(DISRUPTED_MS);
      await mend();
      const mendedAt = performance.now();
      await until(() => isApplied(), 'a new command is applied', BACK_TO_FLOW_MS_MAX);
      const backMs = performance.now() - mendedAt;
      await clients.stop();

      const reckoning = await reckon(product.databaseUrl, clients);
      process.stdout.write(
        `${disruption}: ${reckoning.accepted} accepted and accounted for, flow after ${Math.round(backMs)} ms\n`,
      );
      expect(reckoning.accepted).toBeGreaterThan(0);
      expect(clients.faults).toEqual([]);
      expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });
    },
    240_000,
  );

  /** Sends a new order and asks whether it was applied within the second that it waits. */
  async function isApplied(): Promise<boolean> {
    const client = new JsonClient(product.url);
    const reply = await client.post('/orders', anOrder(), { prefer: 'wait=1' }).catch(() => undefined);
    return reply?.status === 201;
  }
});
