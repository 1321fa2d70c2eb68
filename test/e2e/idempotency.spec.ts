import { randomUUID } from 'node:crypto';
import { anOrder, JsonClient, type OperationBody, type ProblemBody } from '../product/json-client.js';
import { startSluice, type RunningSluice } from '../product/sluice.js';

describe('Idempotency-Key', () => {
  let sluice: RunningSluice;
  let client: JsonClient;

  beforeAll(async () => {
    sluice = await startSluice();
    client = await new JsonClient(sluice.url).ready();
  });
  afterAll(() => sluice?.close());

  const keyed = (key: string, more = {}) => ({ 'idempotency-key': key, ...more });

  test('a repeat is the same command: same operation, one order, the same result', async () => {
    const order = anOrder();
    const headers = keyed(`"${randomUUID()}"`, { prefer: 'wait=20' });
    const first = await client.post<OperationBody>('/orders', order, headers);
    const second = await client.post<OperationBody>('/orders', order, headers);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toMatchObject({ id: first.body.id, status: 'applied', attempts: 1, result: first.body.result });
    const plain = await client.post<OperationBody>('/orders', order, keyed(headers['idempotency-key']));
    expect([plain.status, plain.headers.get('location')]).toEqual([202, `/operations/${first.body.id}`]);
  });

  test('a repeat of a rejected command gets the same rejection', async () => {
    const headers = keyed(randomUUID(), { prefer: 'wait=20' });
    const path = `/orders/${randomUUID()}/cancellation`;
    const first = await client.post<ProblemBody>(path, {}, headers);
    const second = await client.post<ProblemBody>(path, {}, headers);
    expect([first.status, second.status]).toEqual([422, 422]);
    expect(second.body.operation?.id).toBe(first.body.operation?.id);
  });

  test('repeats at the same time are one command', async () => {
    const order = anOrder();
    const headers = keyed(randomUUID(), { prefer: 'wait=20' });
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => client.post<OperationBody>('/orders', order, headers)),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
  });

  test('quoted and bare are the same key, and the order of members does not matter', async () => {
    const order = anOrder();
    const key = randomUUID();
    const first = await client.post<OperationBody>('/orders', order, keyed(`"${key}"`, { prefer: 'wait=20' }));
    const turned = Object.fromEntries(Object.entries(order).reverse());
    const second = await client.post<OperationBody>('/orders', turned, keyed(key, { prefer: 'wait=20' }));
    expect([second.status, second.body.id]).toEqual([201, first.body.id]);
  });

  test('the same key with another payload is 422 once the ledger knows the first', async () => {
    const headers = keyed(randomUUID(), { prefer: 'wait=20' });
    await client.post('/orders', anOrder(), headers);
    const other = anOrder();
    const { status, body } = await client.post<ProblemBody>('/orders', other, headers);
    expect([status, body.type]).toEqual([422, '/problems/idempotency-key-reused']);
    expect(body.errors).toEqual([expect.objectContaining({ header: 'Idempotency-Key' })]);
    expect((await client.get(`/orders/${other.orderId}`)).status).toBe(404);
  });

  test('the same key with another payload before that: one is applied, the others read idempotency-key-reused', async () => {
    const key = randomUUID();
    const orders = Array.from({ length: 5 }, () => anOrder());
    const replies = await Promise.all(orders.map((order) => client.post<OperationBody>('/orders', order, keyed(key))));
    const operations = replies.filter(({ status }) => status === 202).map(({ body }) => body);
    expect(replies.every(({ status }) => status === 202 || status === 422)).toBe(true);
    const settled = await Promise.all(
      operations.map(async ({ links }) => {
        const { body } = await client.get<OperationBody>(`${links.self}`);
        return body.status === 'accepted' ? settledAfterAll(links.self) : body;
      }),
    );
    expect(settled.filter(({ status }) => status === 'applied')).toHaveLength(1);
    const others = settled.filter(({ status }) => status !== 'applied');
    expect(new Set(others.map(({ status, error }) => `${status}: ${error?.code}`))).toEqual(
      new Set(others.length > 0 ? ['rejected: idempotency-key-reused'] : []),
    );
  });

  async function settledAfterAll(path: string): Promise<OperationBody> {
    const stream = await (await fetch(`${sluice.url}${path}/events`)).text();
    return JSON.parse(/.*data: (.*)\n\n$/s.exec(stream)![1]!) as OperationBody;
  }

  test.each(['""', '"open', 'a b', 'a,b', `"${'k'.repeat(256)}"`])('the key %s is 400', async (key) => {
    const { status, body } = await client.post<ProblemBody>('/orders', anOrder(), keyed(key));
    expect(status).toBe(400);
    expect(body.errors).toEqual([expect.objectContaining({ header: 'Idempotency-Key' })]);
  });

  test('without a key two requests are two commands', async () => {
    const order = anOrder();
    const first = await client.post<OperationBody>('/orders', order);
    const second = await client.post<OperationBody>('/orders', order);
    expect(second.body.id).not.toBe(first.body.id);
  });
});
