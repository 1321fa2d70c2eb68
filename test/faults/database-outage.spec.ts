import { startEmbeddedPostgres, type EmbeddedPostgres } from '#standalone';
import { AppProcess, seeded } from '#testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clients } from './clients.js';
import { STANDALONE } from './entries.js';
import { amount } from './length.js';
import { reckon } from './reckoning.js';

const OUTAGE_MS = amount(5_000, 60_000);

describe('PostgreSQL stops under load and starts again', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let sluice: AppProcess;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-outage-'));
    postgres = await startEmbeddedPostgres({
      dataDir: join(directory, 'postgres'),
      asideDir: join(directory, 'aside'),
    });
    sluice = await AppProcess.prepare(STANDALONE, { DATA_DIR: join(directory, 'sluice'), DATABASE_URL: postgres.url });
    await sluice.start();
  });

  afterAll(async () => {
    await sluice?.stop();
    await postgres?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test(`for ${OUTAGE_MS / 1000} s: every command is accepted meanwhile, none is lost, doubled, reordered or charged an attempt`, async () => {
    const clients = new Clients(sluice.url, seeded(), { clients: 8, pauseMs: 50 });
    clients.start();
    await pass(2_000);
    const port = Number(new URL(postgres.url).port);
    await postgres.stop();
    const before = clients.told.length;
    await pass(OUTAGE_MS);
    const during = clients.told.length - before;
    postgres = await startEmbeddedPostgres({
      dataDir: join(directory, 'postgres'),
      asideDir: join(directory, 'aside'),
      port,
    });
    await pass(2_000);
    await clients.stop();

    const reckoning = await reckon(postgres.url, clients);
    process.stdout.write(
      `Outage of ${OUTAGE_MS / 1000} s: ${reckoning.accepted} accepted, ${during} orders' steps during it\n`,
    );
    expect(during).toBeGreaterThan(0);
    expect(clients.faults).toEqual([]);
    expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });
  }, 240_000);
});

/** The length of the load is the test's input, not a wait for something to become true. */
function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
