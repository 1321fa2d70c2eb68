import { randomUUID } from 'node:crypto';
import { anOrder, JsonClient, type OperationBody, type ProblemBody } from '../product/json-client.js';
import { startSluice, type RunningSluice } from '../product/sluice.js';

interface OrderBody {
  orderId: string;
  customerId: string;
  status: string;
  totalCents: number;
  version: number;
}

describe('orders', () => {
  let sluice: RunningSluice;
  let client: JsonClient;

  beforeAll(async () => {
    sluice = await startSluice();
    client = await new JsonClient(sluice.url).ready();
  });
  afterAll(() => sluice?.close());

  const wait = { prefer: 'wait=20' };
  const place = (order: unknown) => client.post<OperationBody>('/orders', order, wait);

  test('a placed order is accepted with an operation, applied, and then read', async () => {
    const order = anOrder({ note: 'Ring twice.' });
    const { status, headers, body } = await client.post<OperationBody>('/orders', order);
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/operations/${body.id}`);
    expect(body).toMatchObject({ type: 'orders.place.v1', status: 'accepted', durability: 'disk', attempts: 0 });
    expect(body.links).toEqual({ self: `/operations/${body.id}`, events: `/operations/${body.id}/events` });
    const applied = await client.operation(body.links.self, 'applied');
    expect(applied).toMatchObject({ id: body.id, attempts: 1, ledger: 'reached' });
    expect(applied.result).toEqual({ orderId: order.orderId, totalCents: 3780, version: 1 });
    const read = await client.get<OrderBody>(`/orders/${order.orderId}`);
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({ ...order, status: 'placed', totalCents: 3780, version: 1 });
  });

  test('an order of an id that is taken is rejected', async () => {
    const order = anOrder();
    await place(order);
    const { body } = await client.post<OperationBody>('/orders', order);
    const rejected = await client.operation(body.links.self, 'rejected');
    expect(rejected.error?.code).toBe('order-already-exists');
  });

  test('a cancelled order reads cancelled, and is cancelled only once', async () => {
    const order = anOrder();
    await place(order);
    const path = `/orders/${order.orderId}/cancellation`;
    expect((await client.post(path, { reason: 'Changed my mind.' }, wait)).status).toBe(200);
    expect((await client.get<OrderBody>(`/orders/${order.orderId}`)).body).toMatchObject({
      status: 'cancelled',
      version: 2,
    });
    const again = await client.post<ProblemBody>(path, {}, wait);
    expect(again.status).toBe(409);
    expect(again.body.type).toBe('/problems/order-already-cancelled');
  });

  test('a cancellation sent right behind its order never overtakes it', async () => {
    const orders = Array.from({ length: 20 }, () => anOrder());
    const cancellations = await Promise.all(
      orders.map(async (order) => {
        await client.post('/orders', order);
        return client.post<OperationBody>(`/orders/${order.orderId}/cancellation`);
      }),
    );
    for (const { status, body } of cancellations) {
      expect(status).toBe(202);
      await client.operation(body.links.self, 'applied');
    }
  });

  test('cancelling what is not there is rejected, and the body may be left out', async () => {
    const { body } = await client.post<OperationBody>(`/orders/${randomUUID()}/cancellation`);
    expect((await client.operation(body.links.self, 'rejected')).error?.code).toBe('order-not-found');
  });

  test('an order that is not there is 404', async () => {
    const { status, headers, body } = await client.get<ProblemBody>(`/orders/${randomUUID()}`);
    expect(status).toBe(404);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body.type).toBe('/problems/not-found');
  });

  test.each(['GET', 'POST'])('%s with an id that is no UUID is 400 and names the parameter', async (method) => {
    const reply =
      method === 'GET'
        ? await client.get<ProblemBody>('/orders/42')
        : await client.post<ProblemBody>('/orders/42/cancellation', {});
    expect(reply.status).toBe(400);
    expect(reply.body.errors).toEqual([expect.objectContaining({ parameter: 'id' })]);
  });

  test('every fault of an order is told at once, each with its pointer', async () => {
    const bad = anOrder({ currency: 'euro', lines: [{ sku: '', quantity: 0, unitPriceCents: 1.5 }], extra: 1 });
    const { status, body } = await client.post<ProblemBody>('/orders', bad);
    expect(status).toBe(400);
    expect(body.errors?.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/currency', '/lines/0/sku', '/lines/0/quantity', '/lines/0/unitPriceCents']),
    );
  });

  test('a list is read page by page, each order once, filtered by customer and status', async () => {
    const customerId = `pages-${randomUUID()}`;
    const orders = Array.from({ length: 7 }, () => anOrder({ customerId }));
    for (const order of orders) expect((await place(order)).status).toBe(201);
    await client.post(`/orders/${orders[0]!.orderId}/cancellation`, {}, wait);

    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = `customerId=${customerId}&status=placed&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: { status: number; body: { orders: OrderBody[]; nextCursor: string | null } } = await client.get(
        `/orders?${query}`,
      );
      expect(page.status).toBe(200);
      expect(page.body.orders.length).toBeLessThanOrEqual(2);
      seen.push(...page.body.orders.map(({ orderId }) => orderId));
      cursor = page.body.nextCursor;
    }
    expect(seen).toEqual(
      orders
        .slice(1)
        .map(({ orderId }) => orderId)
        .reverse(),
    );
  });

  test.each(['limit=0', 'limit=201', 'limit=two', 'status=lost', 'customerId=', 'colour=red', 'cursor=nonsense'])(
    'a list with %s is 400',
    async (query) => {
      const { status, body } = await client.get<ProblemBody>(`/orders?${query}`);
      expect(status).toBe(400);
      expect(body.type).toMatch(/^\/problems\//);
    },
  );
});
