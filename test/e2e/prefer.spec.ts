import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { anOrder, JsonClient, type OperationBody, type ProblemBody } from '../product/json-client.js';
import { startSluice, type RunningSluice } from '../product/sluice.js';

describe('Prefer (RFC 7240)', () => {
  let sluice: RunningSluice;
  let client: JsonClient;

  beforeAll(async () => {
    sluice = await startSluice({ WAITERS_MAX: '3' });
    client = await new JsonClient(sluice.url).ready();
  });
  afterAll(() => sluice?.close());

  test('wait=N answers 201 with the result, where the order is, and that it waited', async () => {
    const order = anOrder();
    const { status, headers, body } = await client.post<OperationBody>('/orders', order, { prefer: 'wait=20' });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/orders/${order.orderId}`);
    expect(headers.get('content-location')).toBe(`/operations/${body.id}`);
    expect(headers.get('preference-applied')).toBe('wait=20');
    expect(body).toMatchObject({ status: 'applied', attempts: 1, result: { version: 1 } });
    expect((await client.get(headers.get('location')!)).status).toBe(200);
  });

  test('wait=N answers 409 with the rejection and its operation', async () => {
    const order = anOrder();
    await client.post('/orders', order, { prefer: 'wait=20' });
    const { status, headers, body } = await client.post<ProblemBody>('/orders', order, { prefer: 'wait=20' });
    expect(status).toBe(409);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.get('preference-applied')).toBe('wait=20');
    expect(body.type).toBe('/problems/order-already-exists');
    expect(body.operation).toMatchObject({ status: 'rejected', error: { code: 'order-already-exists' } });
    expect((await client.get<OperationBody>(body.operation!.links.self)).body.status).toBe('rejected');
  });

  test('wait=N answers 422 where the order is not there', async () => {
    const path = `/orders/${randomUUID()}/cancellation`;
    const { status, body } = await client.post<ProblemBody>(path, {}, { prefer: 'wait=20' });
    expect([status, body.type]).toEqual([422, '/problems/order-not-found']);
  });

  test('without a wait it answers 202, and respond-async is confirmed', async () => {
    const plain = await client.post('/orders', anOrder());
    expect([plain.status, plain.headers.get('preference-applied')]).toEqual([202, null]);
    const asked = await client.post('/orders', anOrder(), { prefer: 'respond-async' });
    expect([asked.status, asked.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
  });

  test('respond-async with a wait answers with the outcome within it', async () => {
    const headers = { prefer: 'respond-async, wait=20' };
    const { status, headers: answered } = await client.post('/orders', anOrder(), headers);
    expect([status, answered.get('preference-applied')]).toEqual([201, 'respond-async, wait=20']);
  });

  test.each(['wait=0', 'wait=soon', 'foo="wait=5"', 'return=minimal; wait=5'])('%s is ignored', async (prefer) => {
    const { status, headers } = await client.post('/orders', anOrder(), { prefer });
    expect([status, headers.get('preference-applied')]).toEqual([202, null]);
  });

  test('a wait that is over answers 202, and the command is applied later', async () => {
    const database = new Client({ connectionString: sluice.databaseUrl });
    await database.connect();
    try {
      await database.query('BEGIN');
      await database.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
      const late = await client.post<OperationBody>('/orders', anOrder(), { prefer: 'wait=1' });
      expect([late.status, late.headers.get('preference-applied')]).toEqual([202, 'wait=1']);
      expect(late.headers.get('location')).toBe(late.body.links.self);
      await database.query('ROLLBACK');
      await client.operation(late.body.links.self, 'applied');
    } finally {
      await database.end();
    }
  });

  test('what is more than the gateway lets wait gets its 202 at once', async () => {
    const batch = Array.from({ length: 4 }, () => ({
      deviceId: 'd',
      metric: 'm',
      value: 1,
      observedAt: '2026-11-22T09:30:00Z',
    }));
    const { status, headers } = await client.post('/readings/batch', batch, { prefer: 'wait=20' });
    expect([status, headers.get('preference-applied')]).toEqual([202, null]);
  });
});
