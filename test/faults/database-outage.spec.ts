import { startEmbeddedPostgres, type EmbeddedPostgres } from '#standalone';
import { createTestDirectory, seeded, type TestDirectory } from '#testing';
import { join } from 'node:path';
import { Clients } from './clients.js';
import { amount, pass } from './length.js';
import { startProduct, type Product } from './product.js';
import { reckon } from './reckoning.js';

const OUTAGE_MS = amount(5_000, 60_000);

describe('PostgreSQL stops under load and starts again', () => {
  let directory: TestDirectory;
  let postgres: EmbeddedPostgres;
  let product: Product;

  beforeEach(async () => {
    directory = await createTestDirectory();
    postgres = await startEmbeddedPostgres({
      dataDir: join(directory.path, 'postgres'),
    });
    product = await startProduct({ databaseUrl: postgres.url });
  });

  afterEach(async () => {
    await product?.remove();
    await postgres?.stop();
    await directory?.remove();
  });

  test(`for ${OUTAGE_MS / 1000} s: every command is accepted meanwhile, none is lost, doubled, reordered or charged an attempt`, async () => {
    const random = seeded();
    const clients = new Clients(product.url, random, { clients: 8, pauseMs: 50 });
    clients.start();
    // It may find persistence still at its start.
    await pass(random.integer(0, 2_000));
    const port = Number(new URL(postgres.url).port);
    await postgres.stop();
    const before = clients.told.length;
    await pass(OUTAGE_MS);
    const during = clients.told.length - before;
    postgres = await startEmbeddedPostgres({
      dataDir: join(directory.path, 'postgres'),
      port,
    });
    await pass(2_000);
    await clients.stop();

    const reckoning = await reckon(postgres.url, clients);
    process.stdout.write(
      `Outage of ${OUTAGE_MS / 1000} s: ${reckoning.accepted} accepted, ${during} orders' steps during it\n`,
    );
    const ended = product.processes.filter(({ running }) => !running);
    expect(ended.map(({ output }) => output)).toEqual([]);
    expect(during).toBeGreaterThan(0);
    expect(clients.faults).toEqual([]);
    expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });
  }, 240_000);
});
