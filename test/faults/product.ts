import { AppProcess, createTestDatabase, createTestDirectory, type TestDirectory } from '#testing';
import { join } from 'node:path';
import { createTestQueue, type TestQueue } from '../product/queue.js';
import { APART } from '../product/transport-under-test.js';
import { refuseCrashes } from './crashes.js';
import { ENTRIES, type Entries } from './entries.js';

export interface ProductOptions {
  readonly gateways?: number;
  readonly persistences?: number;
  readonly entries?: Entries;
  /** Of the persistence processes, how many run from the start; the others are prepared. */
  readonly persistencesAtStart?: number;
  /** A database and a queue of its own, where the test does not bring one. */
  readonly databaseUrl?: string;
  readonly queue?: TestQueue;
  /** Where the processes keep their data, where the test brings a place; it is removed with the product. */
  readonly directory?: TestDirectory;
  readonly env?: Readonly<Record<string, string>>;
}

/** The running product on the transport under test, in processes, with a database, a queue and folders of its own. */
export interface Product {
  /** Of the first gateway. */
  readonly url: string;
  readonly databaseUrl: string;
  readonly queue: TestQueue;
  /** Both are the same one process where the transport does not leave it. */
  readonly gateways: readonly AppProcess[];
  readonly persistences: readonly AppProcess[];
  /** Each process once. */
  readonly processes: readonly [AppProcess, ...AppProcess[]];
  /** Stops it, and leaves nothing behind. */
  remove(): Promise<void>;
}

/** Prepares the processes and starts them; where the transport keeps to one process, that one is all there is. */
export async function startProduct(options: ProductOptions = {}): Promise<Product> {
  const directory = options.directory ?? (await createTestDirectory());
  const database = options.databaseUrl ? undefined : await createTestDatabase();
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  const queue = options.queue ?? (await createTestQueue());
  const { gateways, persistences } = await prepare(options, { directory, databaseUrl, queue });
  const processes = [...new Set([...gateways, ...persistences])] as unknown as Product['processes'];
  const later = new Set(persistences.slice(options.persistencesAtStart ?? persistences.length));
  await Promise.all(processes.filter((process) => !later.has(process)).map((process) => process.start()));
  return {
    url: gateways[0]?.url ?? '',
    databaseUrl,
    queue,
    gateways,
    persistences,
    processes,
    remove: async () => {
      for (const process of processes) await process.stop();
      await queue.remove();
      await database?.drop();
      await directory.remove();
      refuseCrashes(processes);
    },
  };
}

interface Ground {
  readonly directory: TestDirectory;
  readonly databaseUrl: string;
  readonly queue: TestQueue;
}

async function prepare(options: ProductOptions, { directory, databaseUrl, queue }: Ground) {
  const { gateways = 1, persistences = 1, entries = ENTRIES, env } = options;
  if (!APART) {
    const both = { DATA_DIR: join(directory.path, 'sluice'), DATABASE_URL: databaseUrl, ...env };
    const whole = [await AppProcess.prepare(entries.standalone, both)];
    return { gateways: whole, persistences: whole };
  }
  const secrets = { GATEWAYS: String(gateways), OPERATION_SECRETS: 'what all gateways of these tests share' };
  const several = gateways > 1 ? { ...secrets, STRICT_ORDER: 'per-gateway' } : {};
  return {
    gateways: await times(gateways, (index) => {
      const DATA_DIR = join(directory.path, `gateway-${index}`);
      return AppProcess.prepare(entries.gateway, { DATA_DIR, ...queue.gateway, ...several, ...env });
    }),
    persistences: await times(persistences, (index) => {
      const own = { DATA_DIR: join(directory.path, `persistence-${index}`), DATABASE_URL: databaseUrl };
      return AppProcess.prepare(
        entries.persistence,
        { ...own, ...queue.persistence(index), ...env },
        'PERSISTENCE_PORT',
      );
    }),
  };
}

function times<Made>(count: number, make: (index: number) => Promise<Made>): Promise<Made[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}
