import { Client } from 'pg';
import { until } from '#testing';
import { anOrder, JsonClient, type ProblemBody, type Reply } from '../product/json-client.js';
import { startSluice } from '../product/sluice.js';

/** The whole product, and a database in which no order can be written as long as `work` runs. */
async function whileNothingDrains(
  settings: Record<string, string>,
  work: (client: JsonClient) => Promise<void>,
  after: (client: JsonClient) => Promise<void>,
): Promise<void> {
  const sluice = await startSluice(settings);
  const database = new Client({ connectionString: sluice.databaseUrl });
  try {
    const client = await new JsonClient(sluice.url).ready();
    await database.connect();
    await database.query('BEGIN');
    await database.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    await work(client);
    await database.query('ROLLBACK');
    await after(client);
  } finally {
    await database.end();
    await sluice.close();
  }
}

async function refusalOf(post: () => Promise<Reply<ProblemBody>>): Promise<ProblemBody> {
  const { headers, body } = await until(
    async () => {
      const reply = await post();
      return reply.status === 503 ? reply : undefined;
    },
    'a command is refused',
    20_000,
  );
  expect(body.type).toBe('/problems/overloaded');
  const seconds = Number(headers.get('retry-after'));
  expect(Number.isInteger(seconds)).toBe(true);
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(120);
  return body;
}

test('too long a queue answers 503 with Retry-After, and takes commands again when it has drained', async () => {
  await whileNothingDrains(
    { BACKLOG_MAX: '60', BACKLOG_LOW: '20' },
    async (client) => {
      const { detail } = await refusalOf(() => client.post<ProblemBody>('/orders', anOrder()));
      expect(detail).toMatch(/^\d+ commands wait, and that is the bound/);
    },
    async (client) => {
      const place = async () => (await client.post('/orders', anOrder())).status === 202;
      expect(await until(place, 'commands are taken again', 30_000)).toBe(true);
    },
  );
});

test('a full lane refuses its keys while others are taken', async () => {
  const { orderId } = anOrder();
  const cancel = (client: JsonClient) => client.post<ProblemBody>(`/orders/${orderId}/cancellation`);
  await whileNothingDrains(
    { LANE_BACKLOG_MAX: '10', LANE_BACKLOG_LOW: '5' },
    async (client) => {
      const { detail } = await refusalOf(() => cancel(client));
      expect(detail).toContain('wait in the lane of this key');
      const others = await Promise.all(Array.from({ length: 8 }, () => client.post('/orders', anOrder())));
      expect(others.some(({ status }) => status === 202)).toBe(true);
    },
    async (client) => {
      const taken = async () => (await cancel(client)).status === 202;
      expect(await until(taken, 'the lane takes commands again', 30_000)).toBe(true);
    },
  );
});
