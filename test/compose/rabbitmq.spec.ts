import { JsonClient, anOrder } from '../product/json-client.js';
import { amount } from '../faults/length.js';
import { stateOf } from './docker.js';
import { aStack, describeProduct, flows, say, seconds, underLoad } from './product-rounds.js';

const OUTAGE_MS = amount(10_000, 60_000);
/** From the start of the broker's container, whose own start takes most of it. */
const BACK_MS_MAX = 60_000;

describe('docker compose up', () => {
  const stackOf = aStack('rabbitmq');

  describeProduct(stackOf);

  test(`stop rabbitmq for ${OUTAGE_MS / 1_000} s under load: 503 meanwhile, no app ends, and nothing accepted is lost or doubled`, async () => {
    const stack = stackOf();
    await stack.up(3);
    const apps = [...(await stack.containersOf('gateway')), ...(await stack.containersOf('persistence'))];
    const before = await Promise.all(apps.map(stateOf));
    await underLoad(stack, async (clients) => {
      await flows(clients);
      await stack.compose('stop', 'rabbitmq');
      const refused = await new JsonClient(stack.url).post('/orders', anOrder());
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      // The length of the outage is the test's input, not a wait for something to become true.
      await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
      await stack.compose('start', 'rabbitmq');
      say(`rabbitmq: back to flow ${seconds(await flows(clients, BACK_MS_MAX))} after the start of its container`);
    });
    expect(await Promise.all(apps.map(stateOf))).toEqual(before);
  });
});
