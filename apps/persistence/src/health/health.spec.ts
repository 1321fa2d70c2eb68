import { RequestRouter } from '#messaging';
import { loadSettings } from '#settings';
import { createTestDatabase, MemoryBroker, MemoryTransport, TcpProxy, until, type TestDatabase } from '#testing';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { PersistenceProcessModule } from '../persistence-process.module.js';
import { persistenceSettings } from '../settings.js';
import { createHealthAdapter } from './health-adapter.js';
import type { ReadyReport } from './readiness.js';

const LANES = 4;
const CLOSE_MS_MAX = 5_000;

let database: TestDatabase;
let proxy: TcpProxy;
let transport: MemoryTransport;
let app: NestFastifyApplication;
let url: string;

/** Persistence with its health, before a database that is away. */
beforeEach(async () => {
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  proxy = await TcpProxy.to(hostname, Number(port));
  await proxy.refuse();
  transport = new MemoryTransport(new MemoryBroker(LANES));
  await transport.open();
  const env = { LANES: String(LANES), QUERY_DATABASE_TIMEOUT_MS: '500' };
  const { values: settings } = loadSettings(persistenceSettings, { env, envFile: null });
  const databaseUrl = proxy.urlOf(database.url);
  const root = PersistenceProcessModule.forRoot({ settings, databaseUrl, transport, router: new RequestRouter() });
  app = await NestFactory.create<NestFastifyApplication>(root, createHealthAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterEach(async () => {
  await app.close();
  await transport.close(CLOSE_MS_MAX);
  await proxy.close();
  await database.drop();
});

async function ready(): Promise<{ httpStatus: number } & ReadyReport> {
  const response = await fetch(`${url}/health/ready`);
  return { httpStatus: response.status, ...((await response.json()) as ReadyReport) };
}

async function untilReady(): Promise<unknown> {
  return until(async () => (await ready()).status === 'ready', 'persistence is ready');
}

describe('the health of persistence', () => {
  it('is live and not ready without its database, says why, and is ready once that has come', async () => {
    const live = await fetch(`${url}/health/live`);
    expect([live.status, await live.json()]).toEqual([200, { status: 'live' }]);
    expect(await ready()).toEqual({
      httpStatus: 503,
      status: 'not-ready',
      persistence: 'starting',
      transport: { name: transport.name, status: 'up' },
      database: { status: 'unavailable', reason: expect.stringContaining('ECONNREFUSED'), migrated: false },
    });
    await proxy.restore();
    await untilReady();
    expect(await ready()).toMatchObject({
      httpStatus: 200,
      persistence: 'applying',
      database: { status: 'reached', migrated: true },
    });
  });

  it('is not ready while the database is away again', async () => {
    await proxy.restore();
    await untilReady();
    await proxy.refuse();
    expect(await ready()).toMatchObject({ httpStatus: 503, database: { status: 'unavailable', migrated: true } });
    await proxy.restore();
    await untilReady();
  });

  it('is not ready while the transport is down; one that takes nothing in can still be emptied', async () => {
    await proxy.restore();
    await untilReady();
    transport.health.set({ status: 'down', reason: 'The broker does not answer.' });
    expect(await ready()).toMatchObject({ httpStatus: 503, transport: { reason: 'The broker does not answer.' } });
    transport.health.set({ status: 'blocked', reason: 'The disk is full.' });
    expect(await ready()).toMatchObject({ httpStatus: 200, transport: { status: 'blocked' } });
  });
});
