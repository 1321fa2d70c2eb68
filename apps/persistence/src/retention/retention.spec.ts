import type { Backlog } from '#messaging';
import { createTestDatabase, MemoryBroker, MemoryTransport } from '#testing';

import { writeLine, type LineColumns } from '../dead-letters/ledger-line.fixture.js';
import { MigratedDatabase } from '../requests/migrated-database.fixture.js';
import { readReports } from '../reconciliation/books.js';
import { PurgeSession } from './purge-session.js';
import { Retention } from './retention.js';

const HOUR_MS = 3_600_000;
const RETENTION_MS = 10 * HOUR_MS;

let tables: MigratedDatabase;

beforeAll(async () => {
  tables = await MigratedDatabase.of(await createTestDatabase());
});
beforeEach(async () => {
  await tables.query('TRUNCATE command_ledger, ledger_audit, command_start, gateway_account');
  await tables.query('UPDATE installation SET purged_before = NULL');
});
afterAll(() => tables?.drop());

const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS);
const write = (hours: number, columns: LineColumns = {}) =>
  writeLine(tables, { state: 'applied', accepted_at: hoursAgo(hours), ...columns });
const lines = async () =>
  (await tables.query<{ id: string }>('SELECT id FROM command_ledger ORDER BY position')).map(({ id }) => id);
const mark = async () =>
  (await tables.query<{ purged_before: Date | null }>('SELECT purged_before FROM installation'))[0]!.purged_before;

function retentionBeside(backlog: Partial<Backlog> = {}): Retention {
  const transport = new MemoryTransport(new MemoryBroker(16));
  const known = transport.backlog.bind(transport);
  const partly = Object.assign(transport, { backlog: async () => ({ ...(await known()), ...backlog }) });
  return new Retention(tables.database, partly, { retentionMs: RETENTION_MS });
}

test('settled lines older than the retention go, in every final state; younger ones stay', async () => {
  for (const state of ['applied', 'rejected', 'expired', 'discarded']) await write(11, { state });
  const young = await write(9);
  expect(await retentionBeside().purge()).toMatchObject({ lines: 4 });
  expect(await lines()).toEqual([young]);
});

test('the mark says from when on lines are complete, and never moves back', async () => {
  await retentionBeside().purge();
  const first = (await mark())!;
  expect(first.getTime()).toBeLessThanOrEqual(Date.now() - RETENTION_MS);
  const older = { value: hoursAgo(100).getTime(), exact: true };
  await retentionBeside({ oldestAtMs: older }).purge();
  expect((await mark())!.getTime()).toBeGreaterThanOrEqual(first.getTime());
});

test.each(['retrying', 'parked'])('nothing accepted after the oldest %s line goes, nor that line', async (state) => {
  await write(40);
  const waiting = await write(30, { state });
  const after = await write(20);
  expect(await retentionBeside().purge()).toMatchObject({ lines: 1 });
  expect(await lines()).toEqual([waiting, after]);
  expect((await mark())!.getTime()).toBeLessThanOrEqual(hoursAgo(30).getTime());
});

test('a dead letter stays, and does not keep what came after it', async () => {
  const dead = await write(40, { state: 'dead' });
  await write(30);
  expect(await retentionBeside().purge()).toMatchObject({ lines: 1 });
  expect(await lines()).toEqual([dead]);
});

test('nothing accepted after the oldest command in the queue goes', async () => {
  await write(40);
  const after = await write(20);
  const oldestAtMs = { value: hoursAgo(30).getTime(), exact: true };
  expect(await retentionBeside({ oldestAtMs }).purge()).toMatchObject({ lines: 1 });
  expect(await lines()).toEqual([after]);
});

test('while it is not known what waits in the queue, nothing goes', async () => {
  const line = await write(40);
  const unknown = { oldestAtMs: { value: null, exact: false }, count: { value: 3, exact: false } };
  expect(await retentionBeside(unknown).purge()).toBeUndefined();
  expect(await lines()).toEqual([line]);
  expect(await mark()).toBeNull();
});

test('while one instance purges, another does not', async () => {
  await write(40);
  const session = (await PurgeSession.begin(tables.database))!;
  expect(await retentionBeside().purge()).toBeUndefined();
  await session.end();
  expect(await retentionBeside().purge()).toMatchObject({ lines: 1 });
});

test('a table of many pages is purged in several steps, all of it', async () => {
  await tables.query(
    `INSERT INTO command_ledger (id, position, lane, state, fingerprint, accepted_at, error_message)
     SELECT gen_random_uuid(), n, 0, 'applied', '\\x00', $1, repeat('x', 1000) FROM generate_series(1, 6000) n`,
    [hoursAgo(20)],
  );
  const young = await write(1);
  expect(await retentionBeside().purge()).toMatchObject({ lines: 6_000 });
  expect(await lines()).toEqual([young]);
});

test('marks of old starts go with their commands; those of commands that still wait stay', async () => {
  const waiting = await write(30, { state: 'retrying' });
  const gone = crypto.randomUUID();
  for (const id of [waiting, gone]) {
    await tables.query(`INSERT INTO command_start (id, instance, started_at) VALUES ($1, 'x', $2)`, [id, hoursAgo(50)]);
  }
  expect(await retentionBeside().purge()).toMatchObject({ starts: 1 });
  expect(await tables.query('SELECT id FROM command_start')).toEqual([{ id: waiting }]);
});

test('the audit stays', async () => {
  const id = await write(40, { state: 'discarded' });
  await tables.query(`INSERT INTO ledger_audit (command_id, operator, action, at) VALUES ($1, 'ann', 'discard', $2)`, [
    id,
    hoursAgo(40),
  ]);
  await retentionBeside().purge();
  expect(await tables.query('SELECT operator FROM ledger_audit')).toEqual([{ operator: 'ann' }]);
});

test('gateways that have long been silent share one account, and the books have the same sums', async () => {
  const report = (accepted: readonly number[], hours: number, gateway = crypto.randomUUID()) =>
    tables.query(
      `INSERT INTO gateway_account (gateway, lane, accepted, waiting, reported_at)
       SELECT $1, number - 1, accepted, 5, $3 FROM UNNEST($2::bigint[]) WITH ORDINALITY AS l (accepted, number)`,
      [gateway, accepted, hoursAgo(hours)],
    );
  const accounts = async () =>
    (
      await tables.query<{ accepted: number[] }>(
        'SELECT array_agg(accepted::int ORDER BY lane) AS accepted FROM gateway_account GROUP BY gateway ORDER BY 1',
      )
    ).map(({ accepted }) => accepted);
  const sums = async () =>
    (await readReports(tables.requests, 2)).map(({ accepted, waiting }) => ({ accepted, waiting }));
  const [longGone, justGone] = [7 * 24, 5 * 24];
  await report([1, 10], longGone);
  await report([2, 20], longGone);
  await report([4, 40], justGone);
  await report([8, 80], 0);
  const before = await sums();
  expect(before.map(({ accepted }) => accepted)).toEqual([15, 150]);
  expect(await retentionBeside().purge()).toMatchObject({ gateways: 2 });
  expect(await accounts()).toEqual([
    [3, 30],
    [4, 40],
    [8, 80],
  ]);
  expect(await sums()).toEqual(before);
  await report([16, 160], longGone);
  expect(await retentionBeside().purge()).toMatchObject({ gateways: 1 });
  expect(await retentionBeside().purge()).toMatchObject({ gateways: 0 });
  expect(await accounts()).toEqual([
    [4, 40],
    [8, 80],
    [19, 190],
  ]);
});
