import { migrations, persistenceSettings } from '#persistence';
import { loadSettings } from '#settings';
import { createTestDatabase, type TestDatabase } from '#testing';
import { Client } from 'pg';

import { checkDatabase, judgeDurability, judgeVersion } from './database-checks.js';
import { connectionFinding } from './database-connection.js';
import type { Finding } from './finding.js';

let testDatabase: TestDatabase;
let admin: Client;
const roles: string[] = [];

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  admin = new Client({ connectionString: testDatabase.url });
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await testDatabase.drop();
  for (const role of roles.splice(0)) await asOwner(`DROP ROLE ${role}`);
});

async function asOwner(statement: string): Promise<void> {
  const owner = new Client({ connectionString: process.env['TEST_DATABASE_URL'] });
  await owner.connect();
  try {
    await owner.query(statement);
  } finally {
    await owner.end();
  }
}

const settings = loadSettings(persistenceSettings, { env: { TRANSPORT: 'tcp' }, envFile: null }).values;

async function examine(changes: object = {}, nowMs?: () => number): Promise<Map<string, Finding>> {
  const findings = await checkDatabase({ ...settings, DATABASE_URL: testDatabase.url, ...changes }, nowMs);
  return new Map(findings.map((finding) => [finding.check, finding]));
}

async function findingOf(check: string, changes?: object, nowMs?: () => number): Promise<Finding | undefined> {
  return (await examine(changes, nowMs)).get(check);
}

/** What persistence would have made at its start. */
async function migrate(recorded: number, done = migrations.map(({ name }) => name)): Promise<void> {
  await admin.query('CREATE TABLE migrations (id serial, "timestamp" bigint, name text)');
  for (const name of done) await admin.query('INSERT INTO migrations ("timestamp", name) VALUES (0, $1)', [name]);
  await admin.query(`CREATE TABLE installation (lanes integer)`);
  await admin.query(`INSERT INTO installation VALUES (${recorded})`);
}

test('an empty database is well, and a migrated one is', async () => {
  expect([...(await examine()).values()].filter(({ level }) => level !== 'ok')).toEqual([]);
  await migrate(settings.LANES);
  expect([...(await examine()).values()].filter(({ level }) => level !== 'ok')).toEqual([]);
});

test('without DATABASE_URL the embedded one is meant, or persistence on another machine', async () => {
  expect(await checkDatabase({ TRANSPORT: 'in-process' })).toMatchObject([{ level: 'ok' }]);
  expect(await checkDatabase({ TRANSPORT: 'tcp' })).toMatchObject([{ level: 'warning' }]);
});

test.each([
  ['a closed port', (url: URL) => (url.port = '1'), /Nothing listens/],
  ['an unknown database', (url: URL) => (url.pathname = '/there-is-none'), /does not exist\. Create it/],
  ['an unknown role', (url: URL) => (url.username = 'nobody-of-sluice'), /refuses this user|User or password/],
])('%s is a fault with its way out', async (_, spoil, remedy) => {
  const url = new URL(testDatabase.url);
  spoil(url);
  const [finding] = await checkDatabase({ ...settings, DATABASE_URL: url.href });
  expect(finding).toMatchObject({ check: 'database', level: 'fault' });
  // The tests' server may trust every user, and then it says that the role is missing.
  expect(`${finding?.remedy} ${finding?.text}`).toMatch(new RegExp(`${remedy.source}|role .* does not exist`));
});

test('what is not in the table is told with where to look', () => {
  const several = new AggregateError([Object.assign(new Error('first'), { code: 'ENOTFOUND' })]);
  expect(connectionFinding(several)).toMatchObject({
    text: expect.stringContaining('first'),
    remedy: expect.stringMatching(/unknown here/),
  });
  expect(connectionFinding(new Error('odd')).remedy).toMatch(/DATABASE_URL/);
});

test('an old version is a fault', () => {
  expect(judgeVersion(149_999, '14.9').level).toBe('fault');
  expect(judgeVersion(150_000, '15.0').level).toBe('ok');
});

test('a database that takes no writes is a fault', async () => {
  await admin.query(`ALTER DATABASE ${testDatabase.name} SET default_transaction_read_only = on`);
  expect(await findingOf('database writes')).toMatchObject({
    level: 'fault',
    text: expect.stringMatching(/read_only/),
  });
});

test('one that may forget what it has confirmed is a fault', async () => {
  await admin.query(`ALTER DATABASE ${testDatabase.name} SET synchronous_commit = off`);
  expect(await findingOf('database durability')).toMatchObject({
    level: 'fault',
    remedy: 'Set synchronous_commit=on.',
  });
  expect(judgeDurability({ fsync: 'off', synchronous_commit: 'on', full_page_writes: 'on' }).level).toBe('fault');
});

/** The address of the database for a role that may only connect. */
async function asGuest(): Promise<string> {
  const role = `${testDatabase.name}_guest`;
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'guest' CONNECTION LIMIT 10`);
  roles.push(role);
  const url = new URL(testDatabase.url);
  url.username = role;
  url.password = 'guest';
  return url.href;
}

test('a role that may not create is a fault, and so is a search_path to nowhere', async () => {
  const url = await asGuest();
  expect(await findingOf('database rights', { DATABASE_URL: url })).toMatchObject({
    level: 'fault',
    remedy: expect.stringMatching(/^GRANT CREATE/),
  });
  await admin.query(`ALTER DATABASE ${testDatabase.name} SET search_path = nowhere`);
  expect(await findingOf('database rights')).toMatchObject({
    level: 'fault',
    text: expect.stringMatching(/search_path/),
  });
});

test('a limit of connections below what one process opens is a fault, one below what is free a warning', async () => {
  const url = await asGuest();
  expect(await findingOf('connections', { DATABASE_URL: url })).toMatchObject({ level: 'fault' });
  await admin.query(`ALTER DATABASE ${testDatabase.name} CONNECTION LIMIT 16`);
  expect(await findingOf('connections')).toMatchObject({ level: 'warning' });
});

test('pending migrations, and those of a later version, are warnings', async () => {
  await migrate(settings.LANES, [migrations[0]!.name]);
  expect(await findingOf('database tables')).toMatchObject({
    level: 'warning',
    text: expect.stringContaining(`${migrations.length - 1} migrations are pending`),
  });
  await admin.query(`INSERT INTO migrations ("timestamp", name) VALUES (9, 'Later9')`);
  expect(await findingOf('database tables')).toMatchObject({
    level: 'warning',
    text: expect.stringMatching(/does not know: Later9/),
  });
});

test('another number of lanes is a fault that names the right one', async () => {
  await migrate(settings.LANES + 1);
  expect(await findingOf('lanes')).toMatchObject({
    level: 'fault',
    remedy: `Set LANES=${settings.LANES + 1} everywhere.`,
  });
});

test.each([
  [500, 'ok'],
  [5_000, 'warning'],
  [-5_000, 'warning'],
  [60_000, 'fault'],
])('a clock that is %d ms off is %s', async (offMs, level) => {
  expect(await findingOf('clock', {}, () => Date.now() + offMs)).toMatchObject({ level });
});

test('a move that these settings take no part in is a warning', async () => {
  await admin.query(`CREATE TABLE transport_move (id int, source text, target text, ended_at timestamptz)`);
  await admin.query(`CREATE TABLE lane_seal (move_id int, lane int, sealers int)`);
  await admin.query(`INSERT INTO transport_move VALUES (1, 'tcp', 'rabbitmq')`);
  expect(await findingOf('move', { TRANSPORT: 'tcp' })).toMatchObject({ level: 'ok' });
  expect(await findingOf('move', { TRANSPORT: 'rabbitmq', DRAIN_FROM: 'tcp' })).toMatchObject({ level: 'ok' });
  expect(await findingOf('move', { TRANSPORT: 'rabbitmq' })).toMatchObject({
    level: 'warning',
    remedy: expect.stringMatching(/DRAIN_FROM=tcp/),
  });
  await admin.query(`INSERT INTO lane_seal SELECT 1, lane, 1 FROM generate_series(1, ${settings.LANES}) lane`);
  expect(await findingOf('move', { TRANSPORT: 'rabbitmq' })).toMatchObject({ level: 'ok' });
});
