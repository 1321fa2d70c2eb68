import { isAlive } from '#testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { Client } from 'pg';

import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.js';

let folder: string;
let dataDir: string;
let asideDir: string;
const started: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-embedded-'));
  chmodSync(folder, 0o755);
  dataDir = join(folder, 'data');
  asideDir = join(folder, 'aside');
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(started.splice(0).map((postgres) => postgres.stop()));
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

async function start(options: { port?: number } = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, asideDir, ...options });
  started.push(postgres);
  return postgres;
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Starts the database in a process of its own, which says the server's number and URL and then waits. */
async function startElsewhere(): Promise<{ child: ChildProcess; postmasterPid: number; url: string }> {
  const module = new URL('index.js', import.meta.url).href;
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(module)});
    process.once("disconnect", () => process.exit(1));
    const { postmasterPid, url } = await startEmbeddedPostgres(${JSON.stringify({ dataDir, asideDir })});
    console.log(JSON.stringify({ postmasterPid, url }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  if (child.stdout === null) throw new Error('It cannot say that it is up.');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, ...(JSON.parse(line.toString()) as { postmasterPid: number; url: string }) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(20);
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data from one start to the next, with fsync on', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(isAlive(first.postmasterPid)).toBe(false);
    const second = await start();
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await query(second.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(second.url, 'SHOW data_checksums')).toEqual([{ data_checksums: 'on' }]);
  });

  it('lets nobody in without the password, which only its owner may read', async () => {
    const { url } = await start();
    await expect(query(url.replace(/:[^:@]+@/, ':guess@'), 'SELECT 1')).rejects.toThrow(
      /password authentication failed/,
    );
    const home = existsSync(join(dataDir, 'password'))
      ? dataDir
      : readFileSync(join(dataDir, 'location'), 'utf8').trim();
    expect(statSync(join(home, 'password')).mode & 0o777).toBe(0o600);
    expect(await query(url, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules')).toEqual([
      { auth_method: 'scram-sha-256' },
    ]);
  });

  it('does not outlive its process, even when that is killed with -9, and starts again on the same data', async () => {
    const { child, postmasterPid, url } = await startElsewhere();
    await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    child.kill('SIGKILL');
    await until(() => !isAlive(postmasterPid));
    const again = await start();
    expect(await query(again.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('starts at once after a kill -9, while the earlier server is still ending', async () => {
    const { child, postmasterPid } = await startElsewhere();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = await start();
    expect(isAlive(postmasterPid)).toBe(false);
    expect(again.postmasterPid).not.toBe(postmasterPid);
  });

  it('refuses a second owner of its data, in this process and in another, and says what to do', async () => {
    const { child } = await startElsewhere();
    await expect(start()).rejects.toThrow(/Another process has the embedded database .* DATA_DIR of its own/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await start();
    await expect(start()).rejects.toThrow(/Another process has/);
  });

  it('starts where the number in a stale postmaster.pid belongs to another program by now', async () => {
    const first = await start();
    const cluster = String((await query(first.url, 'SHOW data_directory'))[0]?.['data_directory']);
    await first.stop();
    writeFileSync(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n`);
    const second = await start();
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('says that the server has ended when it was killed, and comes back on the same port', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    process.kill(first.postmasterPid, 'SIGKILL');
    await first.ended;
    const second = await start({ port });
    expect(second.url).toBe(first.url);
    await expect(Promise.all([second.stop(), second.stop()])).resolves.toBeDefined();
  });

  it('begins afresh where an earlier start was killed while it made the cluster', async () => {
    await (await start()).stop();
    rmSync(join(dataDir, 'cluster'), { recursive: true });
    writeFileSync(join(dataDir, 'cluster.new'), 'half made');
    expect(await query((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('puts data and programs aside when root starts it in a folder that the server may not enter', async () => {
    if (process.getuid?.() !== 0) {
      console.log('Not run: only root starts the server as another user.');
      return;
    }
    chmodSync(folder, 0o700);
    asideDir = mkdtempSync(join(tmpdir(), 'sluice-aside-'));
    const first = await start();
    const home = readFileSync(join(dataDir, 'location'), 'utf8').trim();
    expect(home.startsWith(asideDir)).toBe(true);
    await query(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await start();
    expect(await query(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();
    rmSync(home, { recursive: true });
    await expect(start()).rejects.toThrow(/that folder is gone/);
    rmSync(asideDir, { recursive: true });
  });
});
