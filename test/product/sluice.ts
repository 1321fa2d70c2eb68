import { startGateway } from '#gateway';
import { startPersistence } from '#persistence';
import { startStandalone } from '#standalone';
import type { StartOptions } from '#starting';
import { createTestDatabase, createTestDirectory } from '#testing';
import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { createTestQueue } from './queue.js';
import { APART } from './transport-under-test.js';

Logger.overrideLogger(['error', 'fatal']);

export interface RunningSluice {
  readonly url: string;
  readonly databaseUrl: string;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * The whole product on the transport under test, in this process: free ports, a database, a queue and data folders of its own,
 * `overrides` as its environment. Where the transport allows it, gateway and persistence are two apps that meet by it alone.
 */
export async function startSluice(overrides: Record<string, string> = {}): Promise<RunningSluice> {
  const database = await createTestDatabase();
  const directory = await createTestDirectory();
  const queue = await createTestQueue();
  const start = (app: (options: StartOptions) => Promise<{ url: string; close(): Promise<void> }>, env: object) =>
    app({ env: { DATABASE_URL: database.url, ...env, ...overrides }, envFile: null });
  const DATA_DIR = directory.path;
  const [front, ...others] = APART
    ? [
        await start(startGateway, { PORT: '0', DATA_DIR: join(DATA_DIR, 'gateway'), ...queue.gateway }),
        await start(startPersistence, {
          PERSISTENCE_PORT: '0',
          DATA_DIR: join(DATA_DIR, 'persistence'),
          ...queue.persistence(0),
        }),
      ]
    : [await start(startStandalone, { PORT: '0', DATA_DIR })];
  const close = async () => {
    await front.close();
    for (const other of others) await other.close();
    await queue.remove();
    await database.drop();
    await directory.remove();
  };
  let closed: Promise<void> | undefined;
  return { url: front.url, databaseUrl: database.url, close: () => (closed ??= close()) };
}
