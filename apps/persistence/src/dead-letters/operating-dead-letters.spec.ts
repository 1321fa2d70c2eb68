import { RequestUnavailable } from '#messaging';
import { createTestDatabase, TcpProxy } from '#testing';

import { Database } from '../database/database.js';
import { asRequestError } from '../requests/request-error.js';
import { MigratedDatabase } from '../requests/migrated-database.fixture.js';
import { RequestDatabase } from '../requests/request-database.js';
import { writeLine, type LineColumns } from './ledger-line.fixture.js';
import { Operator } from './operator.js';
import { ReplayDeadLettersResponder } from './replay-dead-letters.responder.js';

let tables: MigratedDatabase;
let operator: Operator;
let wakes: number;

beforeAll(async () => {
  tables = await MigratedDatabase.of(await createTestDatabase());
});
beforeEach(async () => {
  await tables.query('TRUNCATE command_ledger, ledger_audit');
  wakes = 0;
  operator = new Operator(tables.requests, tables.database, () => wakes++);
});
afterAll(() => tables?.drop());

const write = (columns: LineColumns) => writeLine(tables, columns);
const ann = { operator: 'ann', reason: 'mended' };
const audit = () => tables.query('SELECT operator, action, reason FROM ledger_audit ORDER BY id');
const states = async () =>
  (await tables.query<{ state: string }>('SELECT state FROM command_ledger ORDER BY position')).map(
    ({ state }) => state,
  );

test('two operators who replay one letter at the same time replay it once, and one audit line says who', async () => {
  const id = await write({});
  const bob = { operator: 'bob', reason: 'me too' };
  const outcomes = await Promise.all([ann, bob, ann, bob].map((action) => operator.replay(id, action)));
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['done', 'not-dead', 'not-dead', 'not-dead']);
  expect(await states()).toEqual(['retrying']);
  expect(await audit()).toHaveLength(1);
  expect(wakes).toBe(4);
});

test('a replay and a discard at the same time: one of them is done, and the audit tells which', async () => {
  const id = await write({});
  const [replayed, discarded] = await Promise.all([operator.replay(id, ann), operator.discard(id, ann)]);
  const done = [replayed, discarded].filter(({ outcome }) => outcome === 'done');
  expect(done).toHaveLength(1);
  expect(await states()).toEqual([done[0]!.state]);
  expect(await audit()).toEqual([
    { operator: 'ann', action: replayed === done[0] ? 'replay' : 'discard', reason: 'mended' },
  ]);
});

test('what is not dead, not there, or of no type is left as it is, without an audit line', async () => {
  const applied = await write({ state: 'applied' });
  const undecoded = await write({ type: null, stream: null, key: null });
  expect(await operator.replay(applied, ann)).toEqual({ outcome: 'not-dead', state: 'applied' });
  expect(await operator.discard(applied, ann)).toEqual({ outcome: 'not-dead', state: 'applied' });
  expect(await operator.replay(crypto.randomUUID(), ann)).toEqual({ outcome: 'not-found', state: null });
  expect(await operator.replay(undecoded, ann)).toEqual({ outcome: 'not-replayable', state: 'dead' });
  expect(await audit()).toEqual([]);
  expect(await operator.discard(undecoded, ann)).toEqual({ outcome: 'done', state: 'discarded' });
});

describe('replaying many', () => {
  const replayMany = (limit: number, dryRun = false) =>
    new ReplayDeadLettersResponder(operator).answer({ filter: { failureGroup: 'mine' }, limit, dryRun, ...ann });

  beforeEach(async () => {
    for (const key of ['1', '2', '3']) await write({ key, failure_group: 'mine' });
    await write({ failure_group: 'other' });
    await write({ type: null, failure_group: 'mine' });
  });

  test('a dry run counts and changes nothing', async () => {
    expect(await replayMany(1_000, true)).toEqual({ matched: 3, replayed: 0, dryRun: true });
    expect(await states()).toEqual(['dead', 'dead', 'dead', 'dead', 'dead']);
    expect(await audit()).toEqual([]);
  });

  test('the oldest go first, up to the limit, each with its audit line', async () => {
    expect(await replayMany(2)).toEqual({ matched: 3, replayed: 2, dryRun: false });
    expect(await states()).toEqual(['retrying', 'retrying', 'dead', 'dead', 'dead']);
    expect(await audit()).toHaveLength(2);
    expect(wakes).toBe(1);
  });

  test('two operators at once replay each letter once', async () => {
    const reports = await Promise.all([replayMany(1_000), replayMany(1_000)]);
    expect(reports[0]!.replayed + reports[1]!.replayed).toBe(3);
    expect(await states()).toEqual(['retrying', 'retrying', 'retrying', 'dead', 'dead']);
    expect(await audit()).toHaveLength(3);
  });
});

test('while the database does not answer, an operator hears so within the request timeout', async () => {
  const { hostname, port } = new URL(tables.url);
  const proxy = await TcpProxy.to(hostname, Number(port));
  const url = proxy.urlOf(tables.url);
  const requests = new RequestDatabase({ url, entities: [], connectionsMax: 1, timeoutMs: 300 });
  const unopened = new Operator(requests, new Database({ url, lanes: 16 }), () => undefined);
  try {
    const early = await unopened.replay(crypto.randomUUID(), ann).catch(asRequestError);
    expect(early).toBeInstanceOf(RequestUnavailable);
    proxy.freeze();
    await expect(unopened.replay(crypto.randomUUID(), ann)).rejects.toThrow(RequestUnavailable);
  } finally {
    await proxy.close();
    await requests.close();
  }
});
