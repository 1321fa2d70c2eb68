import { AppProcess, createTestDatabase, seeded, type TestDatabase } from '#testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Clients } from './clients.js';
import { STANDALONE_WITH_KILLER } from './entries.js';
import { reckon } from './reckoning.js';

const KILLER_ORDER = 20;

describe('a handler that kills its process', () => {
  let directory: string;
  let database: TestDatabase;
  let sluice: AppProcess;
  let going = true;
  let starts = 0;
  let supervisor: Promise<void>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-killer-'));
    database = await createTestDatabase();
    sluice = await AppProcess.prepare(STANDALONE_WITH_KILLER, { DATA_DIR: directory, DATABASE_URL: database.url });
    await sluice.start();
    supervisor = supervise();
  });

  afterAll(async () => {
    going = false;
    await sluice?.stop();
    await supervisor;
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Starts the process again whenever it ends, as every deployment does. */
  async function supervise(): Promise<void> {
    while (going) {
      await sluice.ended();
      if (!going) return;
      starts++;
      await sluice.start().catch(() => undefined);
    }
  }

  test('is dead after three crashes, reason crashed; every other command is applied once, in order', async () => {
    const clients = new Clients(sluice.url, seeded(), {
      clients: 4,
      customerId: (order) => (order === KILLER_ORDER ? 'killer' : 'customer'),
    });
    clients.start();
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const dead = await deadLetter(client);
    await clients.stop();

    const reckoning = await reckon(database.url, clients);
    await client.end();
    expect(dead).toMatchObject({ error_code: 'crashed', attempts: 0 });
    expect(starts).toBe(3);
    expect(clients.faults).toEqual([]);
    const killed = dead.key;
    expect(reckoning.wrong.filter((fault) => !fault.startsWith(killed))).toEqual([]);
    expect(reckoning.effects.filter((fault) => !fault.includes(killed))).toEqual([]);
    expect(reckoning.attemptsBurnt).toEqual([]);
  }, 180_000);

  async function deadLetter(client: Client): Promise<{ key: string; error_code: string; attempts: number }> {
    for (;;) {
      const { rows } = await client.query(`SELECT key, error_code, attempts FROM command_ledger WHERE state = 'dead'`);
      if (rows[0]) return rows[0] as { key: string; error_code: string; attempts: number };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});
