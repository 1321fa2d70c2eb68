import { Client } from 'pg';
import { until } from '#testing';
import { anOrder, JsonClient, type ProblemBody } from './json-client.js';
import { startStandalone, type RunningStandalone } from './standalone.js';

describe('admission', () => {
  let sluice: RunningStandalone;
  let client: JsonClient;
  let database: Client;

  beforeAll(async () => {
    sluice = await startStandalone({
      BACKLOG_MAX: '60',
      BACKLOG_LOW: '20',
      LANE_BACKLOG_MAX: '10',
      LANE_BACKLOG_LOW: '5',
    });
    client = await new JsonClient(sluice.url).ready();
    database = new Client({ connectionString: sluice.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database?.end();
    await sluice?.close();
  });

  const whileHeld = async (work: () => Promise<void>) => {
    await database.query('BEGIN');
    await database.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    try {
      await work();
    } finally {
      await database.query('ROLLBACK');
    }
  };

  function expectOverloaded({ status, headers, body }: Awaited<ReturnType<typeof client.post<ProblemBody>>>): void {
    expect([status, body.type]).toEqual([503, '/problems/overloaded']);
    const seconds = Number(headers.get('retry-after'));
    expect(Number.isInteger(seconds)).toBe(true);
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(120);
  }

  test('too long a queue answers 503 with Retry-After, and takes commands again when it has drained', async () => {
    await whileHeld(async () => {
      const refused = await until(async () => {
        const reply = await client.post<ProblemBody>('/orders', anOrder());
        return reply.status === 503 ? reply : undefined;
      }, 'a command is refused');
      expectOverloaded(refused);
    });
    await until(
      async () => (await client.post('/orders', anOrder())).status === 202,
      'commands are taken again',
      30_000,
    );
  });

  test('a full lane refuses its keys while others are taken', async () => {
    const order = anOrder();
    const path = `/orders/${order.orderId}/cancellation`;
    await until(async () => (await client.post(path)).status === 202, 'the lanes have drained', 30_000);
    await whileHeld(async () => {
      const refused = await until(async () => {
        const reply = await client.post<ProblemBody>(path);
        return reply.status === 503 ? reply : undefined;
      }, 'the lane is full');
      expectOverloaded(refused);
      expect(refused.body.detail).toContain('lane');
      const others = await Promise.all(Array.from({ length: 8 }, () => client.post('/orders', anOrder())));
      expect(others.some(({ status }) => status === 202)).toBe(true);
    });
  });
});
