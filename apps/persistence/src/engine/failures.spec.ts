import { noRetry, relaxedStream } from '#contracts';
import { Rejected, Unavailable, type Unit } from '../handling/handler.js';
import type { Command } from '../handling/handler.js';
import { defineThing, effect, EngineFixture, envelopeOf, many, one, type Thing } from './engine.fixture.js';

const single = defineThing({ type: 'test.single.v1' });
const batch = defineThing({ type: 'test.batch.v1' });
const relaxed = defineThing({ type: 'test.relaxed.v1', stream: relaxedStream('log') });
const slow = defineThing({ type: 'test.slow.v1', handlerTimeoutMs: 100, retry: noRetry() });
const isolated = defineThing({ type: 'test.isolated.v1', isolated: true });

const calls: string[] = [];

async function act(command: Command<Thing>, unit: Unit): Promise<void> {
  calls.push(command.payload.act);
  await effect(command, unit);
  switch (command.payload.act) {
    case 'throw':
      throw new Error('This command fails.');
    case 'swallow':
      await unit.manager.query('SELECT 1 / 0').catch(() => undefined);
      return;
    case 'refuse-after-error':
      await unit.manager.query('SELECT 1 / 0').catch(() => undefined);
      throw new Rejected('test-refused', 'No.');
    case 'not-null':
      await unit.manager.query('INSERT INTO effects (command_id) VALUES (NULL)');
      return;
    case 'no-table':
      await unit.manager.query('SELECT * FROM no_such_table');
      return;
    case 'away':
      throw new Unavailable('The service is away.');
    case 'kill-backend':
      await unit.manager.query('SELECT pg_terminate_backend(pg_backend_pid())');
      return;
    case 'deferred':
      await unit.manager.query('INSERT INTO child (parent) VALUES (1)');
      return;
    case 'hang':
      await new Promise((resolve) => unit.signal.addEventListener('abort', resolve));
      return;
    case 'sleep':
      await unit.manager.query('SELECT pg_sleep(30)');
      return;
    case 'past-the-unit':
      await fixture.database.manager.query('SELECT 1');
      return;
    case 'foreign-code':
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  }
}

/** The PostgreSQL processes that batches ran in. */
const backends = new Set<number>();

const all = many(async (commands, unit) => {
  const [backend] = await unit.manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
  if (backend) backends.add(backend.pid);
  for (const command of commands) await act(command, unit);
});
const bindings = [
  { contract: single, handler: one(act) },
  { contract: batch, handler: all },
  { contract: relaxed, handler: all },
  { contract: slow, handler: one(act) },
  { contract: isolated, handler: one(act) },
];

let fixture: EngineFixture;
beforeEach(async () => {
  calls.length = 0;
  fixture = await EngineFixture.create({ bindings });
  await fixture.database.query('CREATE TABLE parent (id integer PRIMARY KEY)');
  await fixture.database.query(
    'CREATE TABLE child (parent integer REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)',
  );
});
afterEach(() => fixture.drop());

/** 500 commands on 100 keys, one of which does something else. */
function poisoned(contract: typeof single, poison: string) {
  return Array.from({ length: 500 }, (_, n) =>
    envelopeOf(contract, { key: `k${n % 100}`, act: n === 250 ? poison : `${n}` }),
  );
}

async function expectOrderPerKey(): Promise<void> {
  const last = new Map<string, number>();
  for (const { key, act: number } of await fixture.effects()) {
    expect(Number(number)).toBeGreaterThan(last.get(key) ?? -1);
    last.set(key, Number(number));
  }
}

test.each([
  ['one-at-a-time', single],
  ['batch', batch],
])(
  'one poison command among 500 of a %s handler stands alone, its key waits, all others are applied',
  async (_, contract) => {
    const commands = poisoned(contract, 'not-null');
    await fixture.deliver(commands);
    // The keys k50 of the commands 350 and 450 wait behind the dead one.
    expect(await fixture.states()).toEqual({ applied: 497, dead: 1, parked: 2 });
    const poison = await fixture.line(commands[250]!.id);
    expect(poison).toMatchObject({ state: 'dead', attempts: 1, error_code: 'sql-23502' });
    expect(poison.history).toHaveLength(1);
    expect(await fixture.effects()).toHaveLength(497);
    await expectOrderPerKey();
  },
);

test('a batch of which every command fails is bisected over the connections that were there', async () => {
  backends.clear();
  const commands = Array.from({ length: 64 }, (_, n) => envelopeOf(batch, { key: `k${n}`, act: 'throw' }));
  await fixture.deliver(commands);
  expect(await fixture.states()).toEqual({ retrying: 64 });
  // One carries the transactions, one the marks of careful starts beside them.
  expect(backends.size).toBeLessThanOrEqual(2);
});

test('a poison command of a relaxed stream lets the next of its key pass', async () => {
  await fixture.deliver(poisoned(relaxed, 'not-null'));
  expect(await fixture.states()).toEqual({ applied: 499, dead: 1 });
});

test('a failure takes effect and line back together, and the policy takes over', async () => {
  const command = envelopeOf(single, { act: 'throw' });
  await fixture.deliver([command]);
  expect(await fixture.effects()).toEqual([]);
  expect(await fixture.line(command.id)).toMatchObject({
    state: 'retrying',
    attempts: 1,
    error_code: 'error',
    history: [{ attempt: 1, error: { code: 'error', message: 'This command fails.' } }],
  });
});

test('a handler that swallows an SQL error has failed of that error', async () => {
  const command = envelopeOf(single, { act: 'swallow' });
  await fixture.deliver([command, envelopeOf(single, { key: 'b' })]);
  expect(await fixture.line(command.id)).toMatchObject({ state: 'dead', error_code: 'sql-22012' });
  expect((await fixture.effects()).map((row) => row.key)).toEqual(['b']);
});

test('a handler may turn an SQL error into a refusal', async () => {
  const command = envelopeOf(single, { act: 'refuse-after-error' });
  await fixture.deliver([command, envelopeOf(single, { key: 'b' })]);
  expect(await fixture.line(command.id)).toMatchObject({ state: 'rejected', error_code: 'test-refused' });
  expect((await fixture.effects()).map((row) => row.key)).toEqual(['b']);
});

test('what fails only at COMMIT is found and stands alone', async () => {
  const commands = Array.from({ length: 20 }, (_, n) =>
    envelopeOf(n % 2 ? single : batch, { key: `k${n}`, act: n === 13 ? 'deferred' : `${n}` }),
  );
  await fixture.deliver(commands);
  expect(await fixture.states()).toEqual({ applied: 19, retrying: 1 });
  expect(await fixture.line(commands[13]!.id)).toMatchObject({ error_code: 'sql-23503' });
});

test('a command that kills its backend is found out while the database is well, and no other suffers', async () => {
  const commands = Array.from({ length: 8 }, (_, n) =>
    envelopeOf(single, { key: `k${n}`, act: n === 5 ? 'kill-backend' : `${n}` }),
  );
  await fixture.deliver(commands);
  expect(await fixture.states()).toEqual({ applied: 7, retrying: 1 });
  expect(await fixture.line(commands[5]!.id)).toMatchObject({ error_code: 'sql-57p01', attempts: 1 });
});

test.each(['hang', 'sleep'])(
  'a handler that takes too long (%s) is cancelled, and its neighbours are applied',
  async (what) => {
    const command = envelopeOf(slow, { act: what });
    await fixture.deliver([command, envelopeOf(slow, { key: 'b' })]);
    expect((await fixture.line(command.id)).state).toBe('dead');
    expect((await fixture.effects()).map((row) => row.key)).toEqual(['b']);
  },
);

test.each(['no-table', 'away'])(
  'what a contract needs is away (%s): its commands wait and no attempt is counted',
  async (what) => {
    const first = envelopeOf(single, { act: what });
    const later = envelopeOf(single, { key: 'b' });
    await fixture.deliver([first, envelopeOf(batch, { key: 'c' })]);
    calls.length = 0;
    await fixture.deliver([later]);
    expect(calls).toEqual([]);
    expect(await fixture.line(first.id)).toMatchObject({ state: 'retrying', attempts: 0 });
    expect(await fixture.line(later.id)).toMatchObject({
      state: 'retrying',
      attempts: 0,
      error_code: 'contract-unavailable',
    });
    expect((await fixture.effects()).map((row) => row.key)).toEqual(['c']);
  },
);

test('a query past the unit throws, and fails its command only', async () => {
  const command = envelopeOf(single, { act: 'past-the-unit' });
  await fixture.deliver([command, envelopeOf(single, { key: 'b' })]);
  const line = await fixture.line(command.id);
  expect(line.state).toBe('retrying');
  expect(line.error_message).toContain('past its unit');
});

test('an error code of another service is the command’s own, never the database’s', async () => {
  const command = envelopeOf(single, { act: 'foreign-code' });
  await fixture.deliver([command]);
  expect(await fixture.line(command.id)).toMatchObject({ state: 'retrying', attempts: 1 });
  expect(fixture.engine.breaker.isOpen).toBe(false);
});

test('an isolated command shares its transaction with nobody, so that no neighbour repeats it', async () => {
  await fixture.deliver([
    envelopeOf(single, { key: 'a', act: '1' }),
    envelopeOf(isolated, { key: 'b', act: '2' }),
    envelopeOf(single, { key: 'c', act: 'throw' }),
    envelopeOf(single, { key: 'd', act: '4' }),
  ]);
  expect(calls.filter((call) => call === '2')).toHaveLength(1);
  expect(await fixture.states()).toEqual({ applied: 3, retrying: 1 });
});
