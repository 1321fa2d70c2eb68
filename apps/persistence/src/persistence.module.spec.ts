import {
  CancelOrder,
  DiscardDeadLetter,
  FindOutcomes,
  FINAL_STATES,
  GetDeadLetter,
  GetOrder,
  LedgerStanding,
  ListDeadLetters,
  ListReadings,
  PlaceOrder,
  RecordReading,
  ReplayDeadLetter,
  type CommandContract,
  type Outcome,
} from '#contracts';
import { GATEWAY_SOURCE, laneOf, partitionKeyOf, RequestRouter, RequestUnavailable, timedCommandId } from '#messaging';
import { loadSettings } from '#settings';
import { createTestDatabase, TcpProxy, until, type TestDatabase } from '#testing';
import { loadTransport } from '#transports';
import type { INestApplicationContext, ModuleMetadata, Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

import { Handles } from './handling/decorators.js';
import { CancelOrderHandler } from './orders/cancel-order.handler.js';
import { PersistenceModule } from './persistence.module.js';
import { persistenceSettings } from './settings.js';

const DEADLINE_MS = 5_000;
const LANES = 4;

let testDatabase: TestDatabase;
let directory: string;
let proxy: TcpProxy;
let running: Awaited<ReturnType<typeof run>> | undefined;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'sluice-persistence-'));
  const { hostname, port } = new URL(testDatabase.url);
  proxy = await TcpProxy.to(hostname, Number(port));
});

afterEach(async () => {
  await running?.close();
  running = undefined;
  await proxy.close();
  await testDatabase.drop();
  await rm(directory, { recursive: true, force: true });
});

/** Persistence on the in-process transport, as the standalone app runs it, without a gateway. */
async function run(lanes = LANES, onRefused?: (reason: unknown) => void) {
  const plugin = await loadTransport('in-process');
  const env = { LANES: String(lanes), QUERY_DATABASE_TIMEOUT_MS: '500', SHUTDOWN_MS: '5000' };
  const { values: settings } = loadSettings(persistenceSettings, { env, envFile: null });
  const { values: spool } = loadSettings(plugin.settings, { env: {}, envFile: null });
  const transport = plugin.create(spool, { lanes, dataDir: directory, roles: { publishes: true, consumes: true } });
  await transport.open();
  const router = new RequestRouter();
  const databaseUrl = proxy.urlOf(testDatabase.url);
  const imports: ModuleMetadata['imports'] = [
    PersistenceModule.forRoot({ settings, databaseUrl, transport, router, ...(onRefused && { onRefused }) }),
  ];
  const app: INestApplicationContext = await (await Test.createTestingModule({ imports }).compile()).init();

  async function submit<Payload>(contract: CommandContract<Payload, unknown>, payload: Payload): Promise<string> {
    const id = timedCommandId(Date.now());
    const partitionKey = partitionKeyOf(contract.stream.name, contract.key(payload));
    const envelope = {
      id,
      type: contract.type,
      source: GATEWAY_SOURCE,
      partitionKey,
      lane: laneOf(partitionKey, lanes),
      timeMs: Date.now(),
      attributes: {},
      body: Buffer.from(JSON.stringify(payload)),
    };
    await transport.publish(envelope, DEADLINE_MS);
    return id;
  }

  async function outcomeOf(id: string): Promise<Outcome | undefined> {
    const { outcomes } = await router.ask(FindOutcomes, { commandIds: [id] }, DEADLINE_MS);
    return outcomes[0];
  }

  return {
    router,
    transport,
    submit,
    settled: (id: string, states: ReadonlySet<string> = FINAL_STATES) =>
      until(
        async () => {
          const outcome = await outcomeOf(id);
          return outcome && states.has(outcome.state) ? outcome : undefined;
        },
        `command ${id} is one of ${[...states].join(', ')}`,
      ),
    close: async () => {
      await app.close();
      await transport.close(DEADLINE_MS);
    },
  };
}

function orderOf(): PlaceOrder {
  const lines = [{ sku: 'espresso-1kg', quantity: 2, unitPriceCents: 1890 }];
  return { orderId: crypto.randomUUID(), customerId: 'customer-42', currency: 'EUR', lines };
}

/** Waits for the last migration. */
async function tablesOf(router: RequestRouter): Promise<void> {
  const filter = { deviceId: 'none', limit: 1 };
  await until(() => router.ask(ListReadings, filter, DEADLINE_MS), 'the tables are there');
}

async function administer(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: testDatabase.url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

test('an order is placed, refused a second time, cancelled, and refused another cancellation', async () => {
  running = await run();
  const { submit, settled, router } = running;
  const order = orderOf();
  const { orderId } = order;
  const commands = [
    await submit(PlaceOrder, order),
    await submit(PlaceOrder, { ...order, customerId: 'another' }),
    await submit(CancelOrder, { orderId }),
    await submit(CancelOrder, { orderId, reason: 'Again.' }),
    await submit(CancelOrder, { orderId: crypto.randomUUID() }),
  ];
  const outcomes = [];
  for (const id of commands) outcomes.push(await settled(id));
  expect(outcomes).toMatchObject([
    { state: 'applied', attempts: 1, result: { orderId, totalCents: 3780, version: 1 } },
    { state: 'rejected', error: { code: 'order-already-exists' } },
    { state: 'applied', result: { orderId, version: 2 } },
    { state: 'rejected', error: { code: 'order-already-cancelled' } },
    { state: 'rejected', error: { code: 'order-not-found' } },
  ]);
  const read = await router.ask(GetOrder, { orderId }, DEADLINE_MS);
  expect(read).toMatchObject({ customerId: 'customer-42', status: 'cancelled', version: 2 });
});

test('a letter that died in a strict key holds its successor, and a replay lets both through in order', async () => {
  running = await run();
  const { submit, settled, router } = running;
  await tablesOf(router);
  await administer(`ALTER TABLE orders ADD CONSTRAINT no_yen CHECK (currency <> 'JPY')`);
  const order = { ...orderOf(), currency: 'JPY' };
  const poison = await submit(PlaceOrder, order);
  const cancellation = await submit(CancelOrder, { orderId: order.orderId });
  const neighbour = await submit(PlaceOrder, orderOf());
  expect(await settled(poison, new Set(['dead']))).toMatchObject({ attempts: 1, error: { code: 'sql-23514' } });
  expect(await settled(cancellation, new Set(['parked']))).toBeTruthy();
  expect(await settled(neighbour)).toMatchObject({ state: 'applied' });

  const page = await router.ask(ListDeadLetters, { type: PlaceOrder.type, limit: 10 }, DEADLINE_MS);
  expect(page).toMatchObject({ total: 1, deadLetters: [{ commandId: poison, parkedBehind: 1 }] });
  const letter = await router.ask(GetDeadLetter, { commandId: poison }, DEADLINE_MS);
  expect(letter).toMatchObject({ payload: order, history: [{ attempt: 1, error: { code: 'sql-23514' } }] });

  await administer('ALTER TABLE orders DROP CONSTRAINT no_yen');
  const replayed = await router.ask(ReplayDeadLetter, { commandId: poison, operator: 'ann' }, DEADLINE_MS);
  expect(replayed).toMatchObject({ outcome: 'done' });
  expect(await settled(poison)).toMatchObject({ state: 'applied' });
  expect(await settled(cancellation)).toMatchObject({ state: 'applied', result: { version: 2 } });
  const after = await router.ask(GetDeadLetter, { commandId: poison }, DEADLINE_MS);
  expect(after).toMatchObject({ state: 'applied', audit: [{ operator: 'ann', action: 'replay' }] });
});

test('a discarded letter lets its successor run', async () => {
  running = await run();
  const { submit, settled, router } = running;
  await tablesOf(router);
  await administer(`ALTER TABLE orders ADD CONSTRAINT no_yen CHECK (currency <> 'JPY')`);
  const order = { ...orderOf(), currency: 'JPY' };
  const poison = await submit(PlaceOrder, order);
  const cancellation = await submit(CancelOrder, { orderId: order.orderId });
  await settled(poison, new Set(['dead']));
  const action = { commandId: poison, operator: 'ann', reason: 'Never valid.' };
  expect(await router.ask(DiscardDeadLetter, action, DEADLINE_MS)).toEqual({ outcome: 'done', state: 'discarded' });
  expect(await settled(cancellation)).toMatchObject({ state: 'rejected', error: { code: 'order-not-found' } });
});

test('it starts without a database, says so to who asks, and applies what came meanwhile when it is back', async () => {
  await proxy.refuse();
  running = await run();
  const { submit, settled, router } = running;
  const reading = { deviceId: 'boiler-7', metric: 'celsius', value: 71.5, observedAt: '2026-11-22T09:30:00Z' };
  const ids = [await submit(RecordReading, reading), await submit(RecordReading, { ...reading, value: 72 })];
  await expect(router.ask(FindOutcomes, { commandIds: ids }, DEADLINE_MS)).rejects.toThrow(RequestUnavailable);
  await proxy.restore();
  await until(() => router.ask(LedgerStanding, {}, DEADLINE_MS), 'the database answers');
  for (const id of ids) expect(await settled(id)).toMatchObject({ state: 'applied', attempts: 1 });
  const page = await router.ask(ListReadings, { deviceId: 'boiler-7', limit: 10 }, DEADLINE_MS);
  expect(page.readings.map(({ value }) => value).sort()).toEqual([71.5, 72]);
});

test('closing settles what is in hand, and what is stored is applied once after the next start', async () => {
  running = await run();
  const orders = Array.from({ length: 50 }, orderOf);
  const ids = await Promise.all(orders.map((order) => running!.submit(PlaceOrder, order)));
  await running.close();
  running = await run();
  for (const id of ids) expect(await running.settled(id)).toMatchObject({ state: 'applied', attempts: 1 });
  expect((await running.transport.backlog()).count.value).toBe(0);
});

test('it closes while the database is away', async () => {
  await proxy.refuse();
  running = await run();
  await running.submit(PlaceOrder, orderOf());
  const closed = running.close();
  running = undefined;
  await expect(closed).resolves.toBeUndefined();
});

test('a database that records other lanes is refused, naming the setting, and whoever runs it hears of it', async () => {
  running = await run();
  await tablesOf(running.router);
  await running.close();
  await rm(directory, { recursive: true });
  const refused = Promise.withResolvers<unknown>();
  running = await run(LANES + 1, refused.resolve);
  expect(String(await refused.promise)).toMatch(/Set LANES=4/);
});

/** What the start of an application with other handlers comes to. */
async function startWith(change: (providers: Provider[]) => Provider[]): Promise<unknown> {
  const plugin = await loadTransport('in-process');
  const { values: settings } = loadSettings(persistenceSettings, { env: {}, envFile: null });
  const { values: spool } = loadSettings(plugin.settings, { env: {}, envFile: null });
  const transport = plugin.create(spool, {
    lanes: LANES,
    dataDir: directory,
    roles: { publishes: true, consumes: true },
  });
  const parts = { settings, databaseUrl: testDatabase.url, transport, router: new RequestRouter() };
  const { providers, ...module } = PersistenceModule.forRoot(parts);
  const changed = { ...module, providers: change(providers!) };
  return (await Test.createTestingModule({ imports: [changed] }).compile()).init();
}

test('a contract without a handler stops the start, and the message names both', async () => {
  const start = startWith((providers) => providers.filter((provider) => provider !== CancelOrderHandler));
  await expect(start).rejects.toThrow(/'orders\.cancel\.v1' has no handler.*PlaceOrderHandler/s);
});

@Handles({ ...CancelOrder, type: 'orders.forgotten.v1' })
class ForgottenHandler {
  async handle(): Promise<void> {}
}

test('a handler without a contract stops the start, and the message names both', async () => {
  const start = startWith((providers) => [...providers, ForgottenHandler]);
  await expect(start).rejects.toThrow(/ForgottenHandler handles 'orders\.forgotten\.v1', which is no contract/);
});
