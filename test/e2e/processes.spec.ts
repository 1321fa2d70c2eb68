import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  AppProcess,
  createTestDatabase,
  createTestDirectory,
  TcpProxy,
  until,
  within,
  type TestDatabase,
  type TestDirectory,
} from '#testing';
import { refuseCrashes } from '../faults/crashes.js';
import { ENTRIES } from '../faults/entries.js';
import { anOrder, JsonClient } from '../product/json-client.js';
import { createTestQueue, type TestQueue } from '../product/queue.js';
import { APART, SUBJECT, TRANSPORT } from '../product/transport-under-test.js';

const SHUTDOWN_MS = 5_000;
/** Beside SHUTDOWN_MS: the last moments of what is overdue, on a busy machine. */
const STOP_MS_MAX = SHUTDOWN_MS + 5_000;

let directory: TestDirectory;
let database: TestDatabase;
let queue: TestQueue;

beforeAll(async () => {
  directory = await createTestDirectory();
  database = await createTestDatabase();
  queue = await createTestQueue();
});

afterAll(async () => {
  await queue.remove();
  await database.drop();
  await directory.remove();
});

/** What a failed test may have left running. */
const apps: AppProcess[] = [];

afterEach(async () => {
  const tried = apps.splice(0);
  for (const app of tried) await app.kill();
  refuseCrashes(tried);
});

async function prepare(entry: string, env: Record<string, string>, portSetting?: string): Promise<AppProcess> {
  const app = await AppProcess.prepare(entry, { SHUTDOWN_MS: `${SHUTDOWN_MS}`, ...env }, portSetting);
  apps.push(app);
  return app;
}

/** Persistence to be started, on the test's database unless `env` says otherwise. */
function persistence(env: Record<string, string> = {}): Promise<AppProcess> {
  const own = { DATA_DIR: join(directory.path, 'persistence'), DATABASE_URL: database.url, ...queue.persistence(0) };
  return prepare(ENTRIES.persistence, { ...own, ...env }, 'PERSISTENCE_PORT');
}

function gateway(): Promise<AppProcess> {
  return prepare(ENTRIES.gateway, { DATA_DIR: join(directory.path, 'gateway'), ...queue.gateway });
}

/** What an app that cannot start says, once it has ended with 1: to one who may not know the program, so without a stack. */
async function refusalOf(entry: string, env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [entry], {
    cwd: directory.path,
    env: { PATH: process.env['PATH'], DATA_DIR: join(directory.path, 'refused'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await within(once(child, 'close'), 'the app ends', 30_000)) as [number | null];
  expect(said).not.toMatch(/^\s+at /m);
  expect(code).toBe(1);
  return said;
}

/** Places an order through `url`, and resolves to its effect as read back past the queue. */
async function placedThrough(url: string): Promise<unknown> {
  const client = await new JsonClient(url).ready();
  const order = anOrder();
  const placed = await client.post('/orders', order, { prefer: 'wait=20' });
  const { status } = await client.get(`/orders/${order.orderId}`);
  return { placed: placed.status, read: status };
}

const WORKS = { placed: 201, read: 200 };

/** Its exit code. Rejects when it takes longer than it may. */
function stopped(app: AppProcess): Promise<number | null> {
  return within(app.stop(), `it ends; it said\n${app.output}`, STOP_MS_MAX);
}

async function readiness(app: AppProcess): Promise<Record<string, unknown>> {
  return (await (await fetch(`${app.url}/health/ready`)).json()) as Record<string, unknown>;
}

function apart(): void {
  it('carry a command and answer queries, and each ends with 0 by its deadline on SIGTERM', async () => {
    const both = await Promise.all([gateway(), persistence()]);
    await Promise.all(both.map((app) => app.start()));
    expect(await placedThrough(both[0].url)).toEqual(WORKS);
    for (const app of both) expect(await stopped(app)).toBe(0);
  });

  it('wait for each other: commands are taken without persistence, and applied once it has come', async () => {
    const [front, back] = await Promise.all([gateway(), persistence()]);
    await front.start();
    const taken = await new JsonClient(front.url).post('/orders', anOrder());
    expect(taken.status).toBe(202);
    expect(await readiness(front)).toMatchObject({ status: 'degraded', ledger: { status: 'unavailable' } });
    await back.start();
    await new JsonClient(front.url).operation(taken.headers.get('location') ?? '', 'applied');
    expect(await stopped(back)).toBe(0);
    expect(await stopped(front)).toBe(0);
  });

  it('start without a database, say so, and go on when it comes', async () => {
    const { hostname, port } = new URL(database.url);
    const proxy = await TcpProxy.to(hostname, Number(port));
    await proxy.refuse();
    const back = await persistence({ DATABASE_URL: proxy.urlOf(database.url) });
    await back.start();
    const away = { status: 'unavailable', reason: expect.stringContaining('ECONNREFUSED') };
    expect(await readiness(back)).toMatchObject({ status: 'not-ready', database: away });
    await proxy.restore();
    await until(async () => (await readiness(back))['status'] === 'ready', 'persistence is ready', 20_000);
    expect(await stopped(back)).toBe(0);
    await proxy.close();
  });

  it('end by their deadline although the database has frozen', async () => {
    const { hostname, port } = new URL(database.url);
    const proxy = await TcpProxy.to(hostname, Number(port));
    const [front, back] = await Promise.all([gateway(), persistence({ DATABASE_URL: proxy.urlOf(database.url) })]);
    await Promise.all([front.start(), back.start()]);
    const client = await new JsonClient(front.url).ready();
    proxy.freeze();
    expect(await client.post('/orders', anOrder())).toMatchObject({ status: 202 });
    // Longer than the way of a command, so that it is in hand.
    expect(await readiness(back)).toMatchObject({ database: { status: 'unavailable' } });
    expect(await stopped(back)).toBe(0);
    expect(await stopped(front)).toBe(0);
    await proxy.close();
  });
}

function refused(): void {
  it('tell all that is wrong with their settings at once', async () => {
    const gatewaySays = await refusalOf(ENTRIES.gateway, {
      ...queue.gateway,
      HOST: '0.0.0.0',
      GATEWAYS: '2',
      PERSISTENCE_PEERS: 'nowhere',
    });
    for (const name of ['HOST', 'OPERATION_SECRETS', 'PERSISTENCE_PEERS'])
      expect(gatewaySays).toContain(`  ${name} is`);
    // With a token REQUESTS_HOST may be any.
    const { WIRE_TOKEN: _token, ...withoutToken } = queue.persistence(0);
    const persistenceSays = await refusalOf(ENTRIES.persistence, {
      ...withoutToken,
      PERSISTENCE_HOST: '0.0.0.0',
      REQUESTS_HOST: '0.0.0.0',
      PREFETCH: '1',
    });
    for (const name of ['DATABASE_URL', 'PERSISTENCE_HOST', 'REQUESTS_HOST', 'PREFETCH']) {
      expect(persistenceSays).toContain(`  ${name} is`);
    }
  });

  it.each(['PERSISTENCE_PORT', 'REQUESTS_PORT'])('name %s where another program listens on it', async (name) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const env = { ...queue.persistence(1), DATABASE_URL: database.url, PERSISTENCE_PORT: '0', [name]: String(port) };
    expect(await refusalOf(ENTRIES.persistence, env)).toMatch(new RegExp(`Cannot listen on .*set.* ${name}`));
    other.close();
  });
}

function together(): void {
  it.each(['gateway', 'persistence'] as const)(
    'are one process: %s alone refuses to start, and names npm start',
    async (app) => {
      expect(await refusalOf(ENTRIES[app], { TRANSPORT })).toMatch(/TRANSPORT is in-process .*npm start/);
    },
  );
}

describe(`gateway and persistence on ${SUBJECT}`, () => {
  if (!APART) return together();
  apart();
  refused();
});

describe(`the whole product in one process on ${SUBJECT}`, () => {
  it('carries a command, answers queries, and ends with 0 by its deadline on SIGTERM', async () => {
    const own = { DATA_DIR: join(directory.path, 'standalone'), DATABASE_URL: database.url };
    const app = await prepare(ENTRIES.standalone, { ...own, ...queue.gateway, ...queue.persistence(0) });
    await app.start();
    expect(await placedThrough(app.url)).toEqual(WORKS);
    expect(await stopped(app)).toBe(0);
  });
});
