import { startStandalone, type Standalone } from '#standalone';
import {
  createTestDatabase,
  createTestDirectory,
  createTestVhost,
  freePort,
  TcpProxy,
  until,
  type TestDatabase,
  type TestDirectory,
} from '#testing';
import { transportNames } from '#transports';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { anOrder, JsonClient } from '../../product/json-client.js';

Logger.overrideLogger(['error', 'fatal']);

const ORDERS = 40;

describe('npm start on another transport', () => {
  let database: TestDatabase;
  let directory: TestDirectory;
  let vhost: { readonly url: string; remove(): Promise<void> };
  let proxy: TcpProxy;
  let running: Standalone | undefined;

  beforeEach(async () => {
    [database, directory, vhost] = [await createTestDatabase(), await createTestDirectory(), await createTestVhost()];
    const { hostname, port } = new URL(database.url);
    proxy = await TcpProxy.to(hostname, Number(port));
  });

  afterEach(async () => {
    await running?.close();
    await proxy.close();
    await vhost.remove();
    await database.drop();
    await directory.remove();
  });

  async function start(TRANSPORT: string, more: Record<string, string>): Promise<JsonClient> {
    await running?.close();
    running = undefined;
    const port = String(await freePort());
    running = await startStandalone({
      env: {
        TRANSPORT,
        PORT: '0',
        DATABASE_URL: proxy.urlOf(database.url),
        DATA_DIR: directory.path,
        RABBITMQ_URLS: vhost.url,
        TCP_PORT: port,
        TCP_PEERS: `127.0.0.1:${port}`,
        ...more,
      },
      envFile: null,
    });
    return new JsonClient(running.url);
  }

  test.each([
    ['in-process', 'rabbitmq', {}],
    ['tcp', 'rabbitmq', {}],
    ['in-process', 'tcp', {}],
    ['tcp', 'in-process', {}],
    ['rabbitmq', 'in-process', { DRAIN_FROM: 'rabbitmq' }],
    ['rabbitmq', 'tcp', { DRAIN_FROM: 'rabbitmq' }],
  ])(
    'from %s to %s: what waits in the old one is applied before what comes by the new one',
    async (from, to, more) => {
      // Without a database everything waits, so that the order is up to the move.
      await proxy.refuse();
      const before = await start(from, {});
      const orders = Array.from({ length: ORDERS }, () => anOrder());
      const placed = await Promise.all(orders.map((order) => before.post('/orders', order)));
      const after = await start(to, more);
      const cancel = async (orderId: string) => (await after.post(`/orders/${orderId}/cancellation`, {})).status;
      const cancelled: number[] = [];
      await until(
        async () => {
          while (cancelled.length < ORDERS) {
            const status = await cancel(orders[cancelled.length]!.orderId);
            if (status === 503) return false;
            cancelled.push(status);
          }
          return true;
        },
        'every cancellation is accepted',
        30_000,
      );
      await proxy.restore();

      expect([...new Set([...placed.map(({ status }) => status), ...cancelled])]).toEqual([202]);
      await until(async () => (await ended()).length === 2 * ORDERS, 'every command has ended', 30_000);
      expect(new Set(await ended())).toEqual(new Set(['orders.place.v1 applied', 'orders.cancel.v1 applied']));
    },
    120_000,
  );

  test('DRAIN_FROM names no spool of the same process, nor itself, nor what is unknown', async () => {
    const refusals = [
      start('rabbitmq', { DRAIN_FROM: 'in-process' }),
      start('rabbitmq', { DRAIN_FROM: 'rabbitmq' }),
      start('rabbitmq', { DRAIN_FROM: 'carrier' }),
    ].map((starting) => starting.catch((error: unknown) => String(error)));
    expect(await Promise.all(refusals)).toEqual([
      expect.stringMatching(/DRAIN_FROM.*absent: what the spool of this process holds is forwarded/s),
      expect.stringMatching(/DRAIN_FROM.*another transport than TRANSPORT/s),
      expect.stringContaining(`one of ${transportNames.join(', ')}, none`),
    ]);
  });

  /** Types and states of the orders' commands that have ended. */
  async function ended(): Promise<string[]> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    try {
      const text = `SELECT type || ' ' || state AS line FROM command_ledger WHERE type LIKE 'orders.%'`;
      const { rows } = await client.query<{ line: string }>(text);
      return rows.map(({ line }) => line);
    } catch {
      // The tables are not there yet.
      return [];
    } finally {
      await client.end();
    }
  }
});
