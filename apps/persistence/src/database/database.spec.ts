import { createTestDatabase, until, type TestDatabase } from '#testing';
import { Database } from './database.js';
import { mayWrite, wroteRows } from './effects.js';
import { EndingServer } from './ending-server.fixture.js';
import { InstallationRefused } from './installation.js';
import { confinedTo } from './tracked-client.js';
import type { Transaction } from './transaction.js';

let test_: TestDatabase;
const opened: Database[] = [];
beforeEach(async () => {
  test_ = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  await test_.drop();
});

function databaseOf(lanes = 4, transactionsMax = 8): Database {
  const database = new Database({ url: test_.url, lanes, transactionsMax });
  opened.push(database);
  return database;
}

test('several instances may start at once: the migrations run once', async () => {
  const databases = [databaseOf(), databaseOf(), databaseOf()];
  await Promise.all(databases.map((database) => database.open()));
  const migrations = await databases[0]!.query<{ name: string }>('SELECT name FROM migrations');
  expect(new Set(migrations.map((migration) => migration.name)).size).toBe(migrations.length);
  expect(migrations.length).toBeGreaterThan(0);
});

test('a server that shuts down in the moment of a connection fails what asked for it, and ends no process', async () => {
  const ending = await EndingServer.before(test_.url);
  const database = new Database({ url: ending.urlOf(test_.url), lanes: 4 });
  opened.push(database);
  ending.end(2);
  await until(async () => {
    await database.probe().catch(() => undefined);
    return ending.left === 0;
  }, 'two connections were ended');
  await expect(database.probe()).resolves.toBeUndefined();
  ending.close();
});

test('another number of lanes than the installation has is refused, and LANES is named', async () => {
  await databaseOf(4).open();
  const other = databaseOf(8);
  await expect(other.open()).rejects.toThrow(InstallationRefused);
  await expect(other.open()).rejects.toThrow('LANES=4');
  expect(other.isOpen).toBe(false);
});

test('the lock of a lane lets one transaction at a time into the lane, and another lane’s beside it', async () => {
  const database = databaseOf();
  await database.open();
  const order: string[] = [];
  const entered = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const first = database.inTransaction(async () => {
    order.push('first in');
    entered.resolve();
    await leave.promise;
    order.push('first out');
  }, 1);
  await entered.promise;
  const second = database.inTransaction(async () => void order.push('second in'), 1);
  await database.inTransaction(async () => void order.push('other lane'), 2);
  leave.resolve();
  await Promise.all([first, second]);
  expect(order).toEqual(['first in', 'other lane', 'first out', 'second in']);
});

test('more transactions than permits wait their turn and leave connections for what runs beside them', async () => {
  const database = databaseOf(4, 2);
  await database.open();
  let most = 0;
  let now = 0;
  const works = Array.from({ length: 12 }, () =>
    database.inTransaction(async () => {
      most = Math.max(most, ++now);
      await database.query('SELECT pg_sleep(0.01)');
      now--;
    }),
  );
  await Promise.all(works);
  expect(most).toBe(2);
});

test('TypeORM’s own transactions nest within the unit’s and do not commit it', async () => {
  const database = databaseOf();
  await database.open();
  await database.query('CREATE TABLE t (id integer)');
  const failing = database.inTransaction(async ({ manager }) => {
    await manager.transaction((inner) => inner.query('INSERT INTO t VALUES (1)'));
    throw new Error('It is taken back whole.');
  });
  await expect(failing).rejects.toThrow('taken back');
  expect(await database.query('SELECT * FROM t')).toEqual([]);
});

test('a handler is confined to its own connection', async () => {
  const database = databaseOf();
  await database.open();
  await database.inTransaction(async (transaction) => {
    const rows = await confinedTo(transaction.client, () => transaction.manager.query('SELECT 1 AS one'));
    expect(rows).toEqual([{ one: 1 }]);
    await expect(confinedTo(transaction.client, () => database.manager.query('SELECT 1'))).rejects.toThrow(
      'past its unit',
    );
  });
});

async function pidIn(database: Database, work: (transaction: Transaction) => Promise<unknown>): Promise<number> {
  let pid = 0;
  const failed = database.inTransaction(async (transaction) => {
    pid = transaction.client.backendPid;
    await work(transaction);
  });
  await failed.catch(() => undefined);
  return pid;
}

test('a transaction that failed of its own is rolled back, and its connection carries the next one', async () => {
  const database = databaseOf();
  await database.open();
  await database.query('CREATE TABLE t (id integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)');
  const write = (transaction: Transaction) => transaction.query('INSERT INTO t VALUES (1)');
  const pids = [
    await pidIn(database, async (transaction) => {
      await write(transaction);
      throw new Error('Thrown by code.');
    }),
    await pidIn(database, async (transaction) => {
      await write(transaction);
      await transaction.query('SELECT 1 / 0');
    }),
    await pidIn(database, async (transaction) => {
      await write(transaction);
      await transaction.query('SELECT 1 / 0').catch(() => undefined);
    }),
    // Only COMMIT finds out.
    await pidIn(database, async (transaction) => {
      await write(transaction);
      await write(transaction);
    }),
    await pidIn(database, write),
  ];
  expect(new Set(pids).size).toBe(1);
  expect(await database.query('SELECT id FROM t')).toEqual([{ id: 1 }]);
});

test('a transaction whose handler was given up, or that met a fault of the database, takes its connection along', async () => {
  const database = databaseOf();
  await database.open();
  const pids = [
    await pidIn(database, async (transaction) => {
      await database.cancel(transaction, new Error('It took too long.'));
      await transaction.query('SELECT 1');
    }),
    await pidIn(database, (transaction) =>
      transaction.query(`DO $$ BEGIN RAISE 'full' USING ERRCODE = '53100'; END $$`),
    ),
    await pidIn(database, (transaction) =>
      transaction.query(`DO $$ BEGIN RAISE 'stale' USING ERRCODE = '0A000'; END $$`),
    ),
  ];
  const next = await pidIn(database, (transaction) => transaction.query('SELECT 1'));
  expect(new Set([...pids, next]).size).toBe(4);
});

test('what a handler left running cannot write once its transaction has been rolled back', async () => {
  const database = databaseOf();
  await database.open();
  await database.query('CREATE TABLE t (id integer)');
  const go = Promise.withResolvers<void>();
  let late: Promise<unknown> = Promise.resolve();
  const failed = database.inTransaction((transaction) =>
    confinedTo(transaction.client, async () => {
      late = go.promise.then(() => transaction.query('INSERT INTO t VALUES (1)'));
      throw new Error('One part failed while another was running.');
    }),
  );
  await expect(failed).rejects.toThrow('One part failed');
  go.resolve();
  await expect(late).rejects.toThrow('after it had ended');
  expect(await database.query('SELECT * FROM t')).toEqual([]);
});

test.each([
  ['SELECT * FROM orders WHERE id = $1', false],
  ['SELECT COUNT(1) FROM orders WHERE (a = 1) AND id IN ($1)', false],
  ['SELECT 1 AS x FROM (SELECT 1) t WHERE EXISTS (SELECT 1 FROM orders)', false],
  ['SELECT place_order(1)', true],
  ['UPDATE orders SET a = 1', false],
  ['WITH x AS (DELETE FROM orders RETURNING id) SELECT id FROM x', true],
  ['CREATE TABLE t (id integer)', true],
])('whether a statement may write without its tag saying so: %s', (text, expected) => {
  expect(mayWrite(text)).toBe(expected);
});

test('a command tag tells a write from an empty one', () => {
  expect(['INSERT 0 1', 'UPDATE 12', 'DELETE 3'].map(wroteRows)).toEqual([true, true, true]);
  expect(['INSERT 0 0', 'UPDATE 0', 'SELECT 5', 'BEGIN'].map(wroteRows)).toEqual([false, false, false, false]);
});
