import { CancelOrder, catalogue, ListOrders, PlaceOrder, validate, type AnswerOf, type PayloadOf } from '#contracts';
import { RequestRefused } from '#messaging';
import { createTestDatabase } from '#testing';

import { commandOf, MigratedDatabase } from '../requests/migrated-database.fixture.js';
import { CancelOrderHandler } from './cancel-order.handler.js';
import { GetOrderResponder } from './get-order.responder.js';
import { ListOrdersResponder } from './list-orders.responder.js';
import { PlaceOrderHandler } from './place-order.handler.js';

let tables: MigratedDatabase;
let getOrder: GetOrderResponder;
let listOrders: ListOrdersResponder;

beforeAll(async () => {
  tables = await MigratedDatabase.of(await createTestDatabase());
  getOrder = new GetOrderResponder(tables.requests);
  listOrders = new ListOrdersResponder(tables.requests);
});
beforeEach(() => tables.query('TRUNCATE orders'));
afterAll(() => tables?.drop());

const espresso = { sku: 'espresso-1kg', quantity: 2, unitPriceCents: 1890 };

function orderOf(changes: Partial<PlaceOrder> = {}): PlaceOrder {
  return { orderId: crypto.randomUUID(), customerId: 'customer-42', currency: 'EUR', lines: [espresso], ...changes };
}

function place(...orders: PlaceOrder[]) {
  const commands = orders.map((order) => commandOf(PlaceOrder.type, order));
  return tables.handle(async (unit) => {
    const results = await new PlaceOrderHandler().handleBatch(commands, unit);
    return commands.map(({ id }) => results.get(id));
  });
}

async function cancel(orderId: string) {
  const command = commandOf(CancelOrder.type, { orderId });
  const { result } = await tables.handle((unit) => new CancelOrderHandler().handle(command, unit));
  return result;
}

test('a batch of orders is placed whole, and each is read back as it was sent', async () => {
  const plain = orderOf();
  const noted = orderOf({ note: 'Ring "twice" \\ 🛎', currency: 'JPY', lines: [espresso, { ...espresso, sku: 'ü' }] });
  const { result, rejected } = await place(plain, noted);
  expect(result).toEqual([
    { orderId: plain.orderId, totalCents: 3780, version: 1 },
    { orderId: noted.orderId, totalCents: 7560, version: 1 },
  ]);
  expect(rejected.size).toBe(0);
  const read = await getOrder.answer({ orderId: noted.orderId });
  expect(read).toMatchObject({ ...noted, totalCents: 7560, status: 'placed', version: 1 });
  expect(await getOrder.answer({ orderId: plain.orderId })).toMatchObject({ note: null });
  const answer = catalogue.requests.get('orders.get.v1')!.answer;
  expect(validate(answer, read)).toMatchObject({ valid: true });
});

test('a total far beyond 32 bits is exact, in the result and in the table', async () => {
  const dearest = { sku: 'x', quantity: 10_000, unitPriceCents: 100_000_000 };
  const lines = [
    ...Array.from({ length: 99 }, () => dearest),
    { ...dearest, quantity: 9_999, unitPriceCents: 99_999_999 },
  ];
  const order = orderOf({ lines });
  const totalCents = 99 * 1e12 + 9_999 * 99_999_999;
  expect((await place(order)).result).toMatchObject([{ totalCents }]);
  expect(await getOrder.answer({ orderId: order.orderId })).toMatchObject({ totalCents });
  const [row] = await tables.query<{ text: string }>('SELECT total_cents::text AS text FROM orders');
  expect(row!.text).toBe('99999899990001');
});

test('an order that another command has placed is rejected, and its neighbours are placed', async () => {
  const first = orderOf();
  await place(first);
  const again = { ...first, orderId: first.orderId.toUpperCase(), customerId: 'somebody-else' };
  const neighbour = orderOf();
  const { result, rejected } = await place(again, neighbour);
  expect(result).toMatchObject([undefined, { orderId: neighbour.orderId }]);
  expect([...rejected.values()]).toEqual(['order-already-exists']);
  expect(await getOrder.answer({ orderId: first.orderId })).toMatchObject({ customerId: first.customerId });
});

test('of two commands for one order in the same batch the first places it and the second is rejected', async () => {
  const order = orderOf();
  const { result, rejected } = await place(order, { ...order, customerId: 'second' });
  expect(result).toMatchObject([{ orderId: order.orderId }, undefined]);
  expect([...rejected.values()]).toEqual(['order-already-exists']);
  expect(await getOrder.answer({ orderId: order.orderId })).toMatchObject({ customerId: order.customerId });
});

test('a placed order can be cancelled once; one that is not there cannot', async () => {
  const order = orderOf();
  await expect(cancel(order.orderId)).rejects.toMatchObject({ cause: { code: 'order-not-found' } });
  await place(order);
  expect(await cancel(order.orderId.toUpperCase())).toEqual({ orderId: order.orderId, version: 2 });
  expect(await getOrder.answer({ orderId: order.orderId })).toMatchObject({ status: 'cancelled', version: 2 });
  await expect(cancel(order.orderId)).rejects.toMatchObject({ cause: { code: 'order-already-cancelled' } });
  expect(await getOrder.answer({ orderId: order.orderId })).toMatchObject({ version: 2 });
});

test('an order that nobody placed is null', async () => {
  expect(await getOrder.answer({ orderId: crypto.randomUUID() })).toBeNull();
});

describe('the list of orders', () => {
  type Filter = Partial<PayloadOf<typeof ListOrders>>;

  async function pages(filter: Filter): Promise<string[][]> {
    const found: string[][] = [];
    let cursor: string | undefined;
    do {
      const page: AnswerOf<typeof ListOrders> = await listOrders.answer({
        limit: 3,
        ...filter,
        ...(cursor && { cursor }),
      });
      found.push(page.orders.map(({ orderId }) => orderId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    return found;
  }

  test('pages newest first, without gap or repetition, also among orders of one instant and of one millisecond', async () => {
    const orders = Array.from({ length: 9 }, () => orderOf());
    // Four of one instant, then five that only their microseconds tell apart.
    await place(...orders.slice(0, 4));
    for (const order of orders.slice(4)) await place(order);
    await tables.query(`UPDATE orders SET created_at = '2026-11-22T09:30:00.000100Z' WHERE id = ANY ($1)`, [
      orders.slice(0, 4).map(({ orderId }) => orderId),
    ]);
    for (const [index, { orderId }] of orders.slice(4).entries()) {
      await tables.query(`UPDATE orders SET created_at = $2 WHERE id = $1`, [
        orderId,
        `2026-11-22T09:30:00.00020${index}Z`,
      ]);
    }
    const sameInstant = orders.slice(0, 4).map(({ orderId }) => orderId);
    const newer = orders.slice(4).map(({ orderId }) => orderId);
    const expected = [...newer.reverse(), ...sameInstant.sort().reverse()];
    const found = await pages({});
    expect(found.flat()).toEqual(expected);
    expect(found.map((page) => page.length)).toEqual([3, 3, 3]);
  });

  test('keeps to a customer and a status', async () => {
    const mine = orderOf({ customerId: 'me' });
    const cancelled = orderOf({ customerId: 'me' });
    await place(mine, cancelled, orderOf({ customerId: 'you' }));
    await cancel(cancelled.orderId);
    expect(await pages({ customerId: 'me', status: 'placed' })).toEqual([[mine.orderId]]);
    expect(await pages({ customerId: 'me', status: 'cancelled' })).toEqual([[cancelled.orderId]]);
    expect((await pages({ customerId: 'me' })).flat()).toHaveLength(2);
    expect(await pages({ customerId: 'nobody' })).toEqual([[]]);
  });

  test('refuses a cursor that it did not give', async () => {
    for (const cursor of ['x', '', 'W10', Buffer.from('["2026-02-30T00:00:00.000000Z","1"]').toString('base64url')]) {
      const page = listOrders.answer({ limit: 3, cursor });
      await expect(page).rejects.toThrow(RequestRefused);
      await expect(page).rejects.toMatchObject({ pointer: '/cursor' });
    }
  });
});
