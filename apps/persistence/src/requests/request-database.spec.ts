import { RequestUnavailable } from '#messaging';
import { createTestDatabase, TcpProxy, until, within, type TestDatabase } from '#testing';

import { EndingServer } from '../database/ending-server.fixture.js';
import { RequestDatabase } from './request-database.js';

let testDatabase: TestDatabase;
let proxy: TcpProxy;
let database: RequestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
beforeEach(async () => {
  const { hostname, port } = new URL(testDatabase.url);
  proxy = await TcpProxy.to(hostname, Number(port));
  database = open(proxy.urlOf(testDatabase.url));
});
afterEach(async () => {
  await proxy.close();
  await database.close();
});
afterAll(() => testDatabase?.drop());

function open(url: string): RequestDatabase {
  return new RequestDatabase({ url, entities: [], connectionsMax: 2, timeoutMs: 500 });
}

const one = () => database.read((manager) => manager.query<[{ one: number }]>('SELECT 1 AS one'));
const slow = () => database.read((manager) => manager.query('SELECT pg_sleep(60)'));

test('a database that refuses connections makes requests unavailable, and answers again when it is back', async () => {
  await proxy.refuse();
  await expect(one()).rejects.toThrow(RequestUnavailable);
  await proxy.restore();
  expect(await one()).toEqual([{ one: 1 }]);
  await proxy.refuse();
  await expect(one()).rejects.toThrow(RequestUnavailable);
  await proxy.restore();
  expect(await one()).toEqual([{ one: 1 }]);
});

test('a connection cut during a query makes that request unavailable, and the next one is answered', async () => {
  await one();
  setImmediate(() => proxy.cut());
  await expect(slow()).rejects.toThrow(RequestUnavailable);
  expect(await one()).toEqual([{ one: 1 }]);
});

test('a server that shuts down in the moment of a connection makes requests unavailable, not the process', async () => {
  const ending = await EndingServer.before(testDatabase.url);
  const requests = open(ending.urlOf(testDatabase.url));
  const ask = () => requests.read((manager) => manager.query('SELECT 1 AS one'));
  // Its opening makes one connection, and what is asked next another one.
  ending.end(2);
  const failures: unknown[] = [];
  await until(async () => {
    await ask().catch((error: unknown) => failures.push(error));
    return ending.left === 0;
  }, 'both were ended');
  expect(failures.filter((failure) => !(failure instanceof RequestUnavailable))).toEqual([]);
  expect(failures).not.toHaveLength(0);
  expect(await ask()).toEqual([{ one: 1 }]);
  await requests.close();
  ending.close();
});

test('a connection that breaks between two queries of a request makes it unavailable', async () => {
  const broken = database.read(async (manager) => {
    await manager.query('SELECT 1');
    const released = () => manager.queryRunner?.isReleased;
    proxy.cut();
    await until(released, 'the break is noticed');
    return manager.query('SELECT 1');
  });
  await expect(broken).rejects.toThrow(RequestUnavailable);
  expect(await one()).toEqual([{ one: 1 }]);
});

test('a server that freezes holds a request no longer than the timeout, opened before or not', async () => {
  proxy.freeze();
  await expect(within(one(), 'a frozen server is noticed', 5_000)).rejects.toThrow(RequestUnavailable);
  proxy.thaw();
  await until(one, 'the thawed server answers');
  proxy.freeze();
  const many = Promise.all(Array.from({ length: 10 }, () => expect(one()).rejects.toThrow(RequestUnavailable)));
  await within(many, 'ten requests at a frozen server have ended', 5_000);
  proxy.thaw();
  await until(one, 'the thawed server answers');
});

test('connections that are all taken by slow queries make the next request unavailable, not the process', async () => {
  const taken = [slow(), slow()].map((query) => expect(query).rejects.toThrow(RequestUnavailable));
  await expect(one()).rejects.toThrow(RequestUnavailable);
  await Promise.all(taken);
  expect(await one()).toEqual([{ one: 1 }]);
});

test('tables that are not there yet are a passing matter; a fault of the query is not', async () => {
  const missing = database.read((manager) => manager.query('SELECT * FROM not_migrated_yet'));
  await expect(missing).rejects.toThrow(RequestUnavailable);
  const wrong = database.read((manager) => manager.query('SELEKT'));
  await expect(wrong).rejects.not.toThrow(RequestUnavailable);
  await expect(database.read(() => Promise.reject(new RangeError('mine')))).rejects.toThrow(RangeError);
});

test('after close every request is unavailable', async () => {
  await one();
  await database.close();
  await expect(one()).rejects.toThrow(RequestUnavailable);
});
