import { createTestDatabase, until, type TestDatabase } from '#testing';
import { HandlerTimeout, ResultUnusable } from '../engine/handler-call.js';
import { Rejected, Unavailable } from '../handling/handler.js';
import { Database } from './database.js';
import { classOf, classOfSqlState, TransactionFailure, type ErrorClass } from './error-table.js';
import type { Transaction } from './transaction.js';

let test_: TestDatabase;
let database: Database;
beforeAll(async () => {
  test_ = await createTestDatabase();
  database = new Database({ url: test_.url, lanes: 1, lockTimeoutMs: 50, statementTimeoutMs: 300 });
  await database.open();
  await database.query(`CREATE TABLE parent (id integer PRIMARY KEY, name text NOT NULL CHECK (name <> 'bad'))`);
  await database.query('CREATE TABLE child (parent integer REFERENCES parent (id))');
  await database.query('CREATE TABLE booking (during int4range, EXCLUDE USING gist (during WITH &&))');
  await database.query(`INSERT INTO parent VALUES (1, 'one'), (2, 'two')`);
});
afterAll(async () => {
  await database.close();
  await test_.drop();
});

async function failureOf(work: (transaction: Transaction) => Promise<unknown>): Promise<TransactionFailure> {
  const failure: unknown = await database.inTransaction(work).catch((error: unknown) => error);
  if (failure instanceof TransactionFailure) return failure;
  throw new Error('The transaction did not fail.');
}

test.each<[ErrorClass, string, ...string[]]>([
  ['systemic', '25006', 'SET TRANSACTION READ ONLY', 'CREATE TABLE t (id integer)'],
  ['systemic', '57P01', 'SELECT pg_terminate_backend(pg_backend_pid())'],
  ['contention', '26000', 'EXECUTE no_such_statement'],
  ['timeout', '57014', 'SELECT pg_sleep(10)'],
  ['contract-unavailable', '42P01', 'SELECT * FROM no_such_table'],
  ['contract-unavailable', '42703', 'SELECT no_such_column FROM parent'],
  ['contract-unavailable', '42883', 'SELECT no_such_function()'],
  ['contract-unavailable', '3F000', 'CREATE TABLE no_such_schema.t (id integer)'],
  ['policy', '23503', 'INSERT INTO child VALUES (9)'],
  ['policy', '23505', `INSERT INTO parent VALUES (1, 'again')`],
  ['policy', '23P01', `INSERT INTO booking VALUES ('[1,3)'), ('[2,4)')`],
  ['policy', 'P0001', `DO $$ BEGIN RAISE EXCEPTION 'No.'; END $$`],
  ['permanent', '22012', 'SELECT 1 / 0'],
  ['permanent', '23502', 'INSERT INTO parent VALUES (3, NULL)'],
  ['permanent', '23514', `INSERT INTO parent VALUES (3, 'bad')`],
  ['permanent', '21000', 'SELECT (SELECT generate_series(1, 2))'],
  ['permanent', '42601', 'SELEKT 1'],
])('what the server says itself: %s is %s', async (errorClass, sqlState, ...statements) => {
  const failure = await failureOf(async (transaction) => {
    for (const statement of statements) await transaction.query(statement);
  });
  expect(failure.sqlState).toBe(sqlState);
  expect(classOf(failure)).toBe(errorClass);
});

test.each<[ErrorClass, string[]]>([
  [
    'systemic',
    ['08006', '53100', '53200', '53300', '57P02', '57P03', '58030', '25P03', '25P04', '28P01', '3D000', 'XX000'],
  ],
  ['contention', ['40001', '55P03', '55006', '0A000']],
  ['contract-unavailable', ['42501']],
  ['policy', ['53400', 'P0002', '2F003']],
  ['permanent', ['54000', '22P02', '42P18']],
])('by its SQLSTATE, where a test cannot provoke it: %s are %s', (errorClass, sqlStates) => {
  expect(sqlStates.map(classOfSqlState)).toEqual(sqlStates.map(() => errorClass));
});

test('a deadlock is contention', async () => {
  const bothHold = Promise.withResolvers<void>();
  let holding = 0;
  const lockBoth = (first: number, second: number) => async (transaction: Transaction) => {
    await transaction.query(`SET LOCAL lock_timeout = 0`);
    await transaction.query(`SET LOCAL statement_timeout = 0`);
    await transaction.query('SELECT FROM parent WHERE id = $1 FOR UPDATE', [first]);
    if (++holding === 2) bothHold.resolve();
    await bothHold.promise;
    await transaction.query('SELECT FROM parent WHERE id = $1 FOR UPDATE', [second]);
  };
  const ends = await Promise.allSettled([
    database.inTransaction(lockBoth(1, 2)),
    database.inTransaction(lockBoth(2, 1)),
  ]);
  const failed = ends.find((end) => end.status === 'rejected')?.reason as TransactionFailure;
  expect([failed.sqlState, classOf(failed)]).toEqual(['40P01', 'contention']);
});

test('a transaction that idled for too long is systemic, whichever query notices', async () => {
  const failure = await failureOf(async (transaction) => {
    await transaction.query('SET LOCAL idle_in_transaction_session_timeout = 10');
    await until(() => transaction.client.lost, 'the server has ended the session');
    await transaction.query('SELECT 1');
  });
  expect(classOf(failure)).toBe('systemic');
});

test('a database that is not there, or nobody at its port, is systemic', async () => {
  const absent = new URL(test_.url);
  absent.pathname = '/no_such_database';
  const closed = new URL(test_.url);
  closed.port = '1';
  for (const url of [absent.href, closed.href]) {
    const away = new Database({ url, lanes: 1 });
    await expect(away.open()).rejects.toThrow(/does not exist|ECONNREFUSED/);
    const failure: unknown = await away.inTransaction(async () => undefined).catch((error: unknown) => error);
    expect(classOf(failure as TransactionFailure)).toBe('systemic');
    await away.close();
  }
});

test('25P02 stands for the first error of its transaction', async () => {
  const failure = await failureOf(async (transaction) => {
    await transaction.query('SELECT 1 / 0').catch(() => undefined);
    await transaction.query('SELECT 1');
  });
  expect(failure.sqlState).toBe('22012');
});

test('an error that a savepoint has taken back is not the transaction’s', async () => {
  const failure = await failureOf(async (transaction) => {
    await transaction.query('SAVEPOINT s');
    await transaction.query('SELECT 1 / 0').catch(() => undefined);
    await transaction.query('ROLLBACK TO SAVEPOINT s');
    await transaction.query('SELECT * FROM no_such_table');
  });
  expect(failure.sqlState).toBe('42P01');
});

test.each<[ErrorClass, unknown]>([
  ['policy', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
  ['policy', Object.assign(new Error('Another database is full.'), { code: '53100' })],
  ['policy', 'no error at all'],
  ['policy', new Rejected('no', 'No.')],
  ['contract-unavailable', new Unavailable('The service is away.')],
  ['timeout', new HandlerTimeout('Too long.')],
  ['permanent', new ResultUnusable('Too large.')],
])('what a handler throws is never the database’s fault: %s', async (errorClass, thrown) => {
  const failure = await failureOf(() => Promise.reject(thrown as Error));
  expect(classOf(failure)).toBe(errorClass);
});
