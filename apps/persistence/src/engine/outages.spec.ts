import { fixedDelay } from '#contracts';
import { createTestDatabase, TcpProxy, until, type TestDatabase } from '#testing';
import type { DatabaseOptions } from '../database/database.js';
import { defineThing, effect, EngineFixture, envelopeOf, one } from './engine.fixture.js';
import type { EngineOptions } from './options.js';

/** One attempt: what an outage charged would be dead at once. */
const retry = fixedDelay({ attemptsMax: 1, delayMs: 0 });
const contract = defineThing({ type: 'test.once.v1', retry });
const quick = defineThing({ type: 'test.quick.v1', retry, handlerTimeoutMs: 400 });
const twice = defineThing({ type: 'test.twice.v1', retry: fixedDelay({ attemptsMax: 3, delayMs: 0 }) });

let test_: TestDatabase;
let proxy: TcpProxy;
let fixture: EngineFixture;
let statement: () => string;
let during: (attempt: number, signal: AbortSignal) => Promise<void>;

const handler = one(async (command, unit) => {
  await effect(command, unit);
  await unit.manager.query(statement());
  await during(command.attempt, unit.signal);
});
const bindings = [contract, quick, twice].map((of) => ({ contract: of, handler }));

beforeEach(async () => {
  statement = () => 'SELECT';
  during = async () => undefined;
  test_ = await createTestDatabase();
  const { hostname, port } = new URL(test_.url);
  proxy = await TcpProxy.to(hostname, Number(port || 5432));
});
afterEach(async () => {
  await fixture.drop();
  await proxy.close();
  await test_.drop();
});

async function createFixture(database: Partial<DatabaseOptions> = {}, engine: Partial<EngineOptions> = {}) {
  const urlOf = (url: string) => proxy.urlOf(url);
  fixture = await EngineFixture.create({ bindings, shared: test_, urlOf, engine, database });
}

/** An effect that is there once, and no attempt counted but the one that worked. */
const UNBLAMED = { state: 'applied', attempts: 1, history: null, effects: 1 };

async function becameOf(id: string) {
  const { state, attempts, history } = await fixture.line(id);
  return { state, attempts, history, effects: (await fixture.effects()).length };
}

test('a way that is cut again and again, each time in the middle of the same command, charges it nothing', async () => {
  await createFixture();
  const CUTS = 8;
  let cuts = 0;
  // Every 200 ms the way breaks, whatever is on it, until it has broken often enough.
  during = async () => {
    if (cuts > 0) return new Promise((resolve) => setTimeout(resolve, 250));
    const cutting = setInterval(() => {
      proxy.cut();
      if (++cuts === CUTS) clearInterval(cutting);
    }, 200);
    proxy.cut();
  };
  const command = envelopeOf(contract);
  await fixture.deliver([command]);
  expect(cuts).toBe(CUTS);
  expect(await becameOf(command.id)).toEqual(UNBLAMED);
}, 120_000);

test('cut while it waits for its lane, a command is charged nothing, however often', async () => {
  await createFixture();
  const { holder, release } = await laneHeld();
  const command = envelopeOf(contract);
  const given = fixture.deliver([command]);
  const seen = new Set<number>();
  for (let cut = 0; cut < 6; cut++) {
    const isNew = async () => (await waitingAt(holder)).find((pid) => !seen.has(pid));
    seen.add(await until(isNew, 'it waits for its lane once more'));
    proxy.cut();
  }
  await Promise.all([release(), given]);
  expect(await becameOf(command.id)).toEqual(UNBLAMED);
  await holder.drop();
}, 120_000);

/** Another engine, whose transaction already holds the lock of lane 0 until it is released. */
async function laneHeld() {
  const holder = await EngineFixture.create({ bindings, shared: test_ });
  const holds = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = holder.database.inTransaction(() => {
    holds.resolve();
    return held.promise;
  }, 0);
  await Promise.race([holds.promise, holding]);
  const release = () => {
    held.resolve();
    return holding;
  };
  return { holder, release };
}

/** Who was cut off goes on waiting for a while, since a server that waits does not look at its connection. */
async function waitingAt({ database }: EngineFixture): Promise<number[]> {
  const rows = await database.query<{ pid: number }>(
    `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows.map(({ pid }) => pid);
}

test('waiting for its lane longer than a statement may take charges nothing', async () => {
  await createFixture({ statementTimeoutMs: 200 });
  const { holder, release } = await laneHeld();
  const command = envelopeOf(contract);
  const given = fixture.deliver([command]);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await Promise.all([release(), given]);
  await holder.drop();
  expect(await becameOf(command.id)).toEqual(UNBLAMED);
});

test('a database that answers nothing while a handler runs out of time is away, and the handler is not to blame', async () => {
  await createFixture();
  let first = true;
  during = async () => {
    if (!first) return;
    first = false;
    proxy.freeze();
    setTimeout(() => proxy.cut(), 5_000);
    setTimeout(() => proxy.thaw(), 5_000);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
  };
  const command = envelopeOf(quick);
  await fixture.deliver([command]);
  expect(await becameOf(command.id)).toEqual(UNBLAMED);
}, 60_000);

test('a process that stood still has not used up the time of its handlers', async () => {
  await createFixture();
  let first = true;
  during = async () => {
    if (!first) return;
    first = false;
    // As SIGSTOP does: nothing runs, and the timers are late.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
  };
  const command = envelopeOf(quick);
  await fixture.deliver([command]);
  expect(await becameOf(command.id)).toEqual(UNBLAMED);
});

test('a statement that the server stopped once, as a server does that stood still, charges nothing', async () => {
  await createFixture();
  let first = true;
  statement = () => {
    if (!first) return 'SELECT';
    first = false;
    return `SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(10)`;
  };
  const command = envelopeOf(contract);
  await fixture.deliver([command]);
  expect(first).toBe(false);
  expect(await becameOf(command.id)).toEqual(UNBLAMED);
});

test('a retry that a stopping process interrupts is charged nothing', async () => {
  await createFixture();
  const entered = Promise.withResolvers<void>();
  during = async (attempt, signal) => {
    if (attempt === 1) throw new Error('The first attempt fails.');
    entered.resolve();
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  };
  const command = envelopeOf(twice);
  await fixture.deliver([command]);
  await fixture.engine.start();
  await entered.promise;
  await fixture.engine.stop(50);
  await createFixture();
  expect(await fixture.line(command.id)).toMatchObject({ state: 'retrying', attempts: 1 });
});
