import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { JsonClient } from '../product/json-client.js';
import { startSluice, type RunningSluice } from '../product/sluice.js';

interface Problem {
  type: string;
  status: number;
  instance?: string;
  errors?: { pointer?: string; parameter?: string; header?: string; detail: string }[];
}

const JSON_HEADERS = { 'content-type': 'application/json' };
const ORDER_ID = '5b2f1f64-8d5e-4f0e-9a44-6f6f7f1f0a01';
const order = {
  orderId: ORDER_ID,
  customerId: 'c',
  currency: 'EUR',
  lines: [{ sku: 's', quantity: 1, unitPriceCents: 1 }],
};

describe('bad input', () => {
  let sluice: RunningSluice;

  beforeAll(async () => {
    sluice = await startSluice();
    await new JsonClient(sluice.url).ready();
  });
  afterAll(() => sluice.close());

  /** Whatever came before, the process lives and takes commands. */
  afterEach(async () => {
    const { status } = await fetch(`${sluice.url}/health/live`);
    if (status !== 200) throw new Error(`The gateway answers ${status} after this test.`);
  });

  async function refused(path: string, init: RequestInit = {}): Promise<Problem> {
    const response = await fetch(sluice.url + path, init);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await response.json()) as Problem;
    expect(problem.status).toBe(response.status);
    const explained = await fetch(new URL(problem.type, sluice.url));
    expect(explained.status).toBe(200);
    return problem;
  }

  const post = (path: string, body: unknown, headers: Record<string, string> = JSON_HEADERS) =>
    refused(path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

  it.each<[string, unknown, string[]]>([
    ['a missing key', { ...order, currency: undefined }, ['/currency']],
    ['an unknown key', { ...order, priority: 1 }, ['/priority']],
    ['an unknown key deep inside', { ...order, lines: [{ ...order.lines[0], 'a/b': 1 }] }, ['/lines/0/a~1b']],
    ['wrong types', { ...order, customerId: 1, lines: {} }, ['/customerId', '/lines']],
    [
      'values out of range',
      { ...order, lines: [{ sku: '', quantity: 0, unitPriceCents: -1 }] },
      ['/lines/0/sku', '/lines/0/quantity', '/lines/0/unitPriceCents'],
    ],
    ['no currency of the world', { ...order, currency: 'XYQ' }, ['/currency']],
    ['no uuid', { ...order, orderId: '1' }, ['/orderId']],
    ['a character that PostgreSQL cannot store', { ...order, note: 'a\0b' }, ['/note']],
    ['no object', [], ['']],
  ])('of an order with %s points to each fault', async (_, body, pointers) => {
    const problem = await post('/orders', body);
    expect(problem).toMatchObject({ status: 400, type: '/problems/invalid-request', instance: '/orders' });
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('of a batch of readings points into the item', async () => {
    const good = { deviceId: 'd', metric: 'm', value: 1, observedAt: '2026-11-22T09:30:00Z' };
    const problem = await post('/readings/batch', [good, { ...good, value: 'hot' }, { ...good, observedAt: 'today' }]);
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['/1/value', '/2/observedAt']);
  });

  it('with an expectation that nobody knows is answered as without it', async () => {
    const { hostname, port } = new URL(sluice.url);
    const asked = request({ hostname, port, path: '/health/live', headers: { expect: 'the-unexpected' } }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(200);
  });

  it('that is no JSON says where it stops', async () => {
    expect(await post('/orders', '{"orderId": }')).toMatchObject({ status: 400, type: '/problems/malformed-json' });
  });

  it('in another content type is 415, and names the header', async () => {
    const problem = await post('/orders', 'orderId=1', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([problem.status, problem.errors?.[0]?.header]).toEqual([415, 'Content-Type']);
  });

  it('past the body limit is 413', async () => {
    expect((await post('/orders', { ...order, note: 'x'.repeat(2 * 1024 * 1024) })).status).toBe(413);
  });

  it.each(['/orders/not-a-uuid', '/dead-letters/not-a-uuid'])(
    'as an id in the path is 400, and names it: %s',
    async (path) => {
      const problem = await refused(path);
      expect([problem.status, problem.errors?.[0]?.parameter]).toEqual([400, 'id']);
    },
  );

  it('as an operation id is 404, since the gateway never issued it', async () => {
    for (const id of ['x', 'A'.repeat(60), '%00', `${ORDER_ID}`]) {
      expect((await refused(`/operations/${id}`)).status).toBe(404);
    }
  });

  it.each([
    ['/orders?limit=0', 'limit'],
    ['/orders?limit=many', 'limit'],
    ['/orders?status=lost', 'status'],
    ['/orders?colour=red', 'colour'],
    ['/orders?cursor=nonsense', 'cursor'],
    ['/readings', 'deviceId'],
    ['/readings?deviceId=d&from=yesterday', 'from'],
    ['/dead-letters?deadFrom=yesterday', 'deadFrom'],
    ['/dead-letters?cursor=nonsense', 'cursor'],
  ])('in the query is 400, and names the parameter: %s', async (path, parameter) => {
    const problem = await refused(path);
    expect([problem.status, problem.errors?.[0]?.parameter]).toEqual([400, parameter]);
  });

  it('as an Idempotency-Key is 400, and names the header', async () => {
    const problem = await post('/orders', order, { ...JSON_HEADERS, 'idempotency-key': '"open' });
    expect([problem.status, problem.errors?.[0]?.header]).toEqual([400, 'Idempotency-Key']);
  });

  it('leaves nothing behind: what was refused is nowhere', async () => {
    expect((await refused(`/orders/${ORDER_ID}`)).status).toBe(404);
  });
});
