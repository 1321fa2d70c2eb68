import {
  AppProcess,
  createTestDatabase,
  createTestDirectory,
  seeded,
  type TestDatabase,
  type TestDirectory,
} from '#testing';
import { Clients } from './clients.js';
import { STANDALONE } from './entries.js';
import { amount } from './length.js';
import { reckon } from './reckoning.js';

const KILLS = 10;

describe('the process that holds gateway, queue and persistence is killed under load', () => {
  let directory: TestDirectory;
  let database: TestDatabase;
  let sluice: AppProcess;

  beforeAll(async () => {
    directory = await createTestDirectory();
    database = await createTestDatabase();
    sluice = await AppProcess.prepare(STANDALONE, { DATA_DIR: directory.path, DATABASE_URL: database.url });
    await sluice.start();
  });

  afterAll(async () => {
    await sluice?.stop();
    await database?.drop();
    await directory?.remove();
  });

  test(`${KILLS} times at seeded moments: what was accepted is accounted for, once, in order`, async () => {
    const random = seeded();
    const clients = new Clients(sluice.url, random, { clients: 8 });
    clients.start();
    for (let kill = 0; kill < KILLS; kill++) {
      await new Promise((resolve) => setTimeout(resolve, random.integer(100, amount(800, 5_000))));
      await sluice.kill();
      await sluice.start();
    }
    await clients.stop();

    const reckoning = await reckon(database.url, clients);
    process.stdout.write(`${KILLS} kills: ${reckoning.accepted} accepted and accounted for\n`);
    expect(reckoning.accepted).toBeGreaterThan(KILLS);
    expect(clients.faults).toEqual([]);
    expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });
  }, 240_000);
});
