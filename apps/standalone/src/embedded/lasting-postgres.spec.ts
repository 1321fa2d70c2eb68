import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { until, isAlive } from '#testing';
import { Client } from 'pg';

import { type LastingPostgres, startLastingPostgres } from './lasting-postgres.js';

let folder: string;
let postgres: LastingPostgres;
let told: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lasting-'));
  chmodSync(folder, 0o755);
  told = [];
  postgres = await startLastingPostgres({
    dataDir: join(folder, 'data'),
    asideDir: join(folder, 'aside'),
    log: (line) => told.push(line),
  });
});

afterEach(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

async function query(text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: postgres.url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('an embedded PostgreSQL that lasts', () => {
  it('is there again after a SIGKILL, at the same URL, with its data', async () => {
    await query('CREATE TABLE kept AS SELECT 42 AS answer');
    const killed = postgres.postmasterPid;
    process.kill(killed, 'SIGKILL');
    await until(() => postgres.postmasterPid !== killed, 'another server runs');
    expect(await query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(told.join('\n')).toMatch(/has ended unasked.*\n(.*\n)*.*runs again/);
  });

  it('leaves no server behind when it is stopped while the next one comes up', async () => {
    process.kill(postgres.postmasterPid, 'SIGKILL');
    await until(() => told.some((line) => line.includes('has ended unasked')), 'its end is noticed');
    await postgres.stop();
    expect(isAlive(postgres.postmasterPid)).toBe(false);
  });

  it('tries again, and says why, until it can be started', async () => {
    const [row] = await query('SHOW config_file');
    const configFile = String(row?.['config_file']);
    const sound = readFileSync(configFile, 'utf8');
    const killed = postgres.postmasterPid;
    writeFileSync(configFile, `${sound}\nno_such_parameter = on\n`);
    process.kill(killed, 'SIGKILL');
    await until(() => told.some((line) => /cannot be started.*\n?.*no_such_parameter/s.test(line)), 'it has told why');
    writeFileSync(configFile, sound);
    await until(() => postgres.postmasterPid !== killed, 'another server runs');
    expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
