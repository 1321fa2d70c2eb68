import { fixedDelay, noRetry } from '#contracts';
import { laneOf, partitionKeyOf, type Envelope } from '#messaging';
import { until } from '#testing';
import type { Handler } from '../handling/handler.js';
import { defineThing, effect, EngineFixture, envelopeOf, many, one } from './engine.fixture.js';

const LANES = 4;
const single = defineThing({ type: 'test.shared.single.v1', retry: noRetry() });
const batched = defineThing({ type: 'test.shared.batched.v1', retry: fixedDelay({ attemptsMax: 2, delayMs: 0 }) });

let fixture: EngineFixture | undefined;
afterEach(async () => {
  await fixture?.drop();
  fixture = undefined;
});

const writes = one((command, unit) => effect(command, unit));
const writesAll = many(async (commands, unit) => {
  for (const command of commands) await effect(command, unit);
});

async function create(handlers: { single?: Handler; batched?: Handler } = {}): Promise<EngineFixture> {
  const bindings = [
    { contract: single, handler: handlers.single ?? writes },
    { contract: batched, handler: handlers.batched ?? writesAll },
  ];
  return (fixture = await EngineFixture.create({ bindings, database: { lanes: LANES } }));
}

/** The first key of each lane: `keys[2]` is of lane 2. */
const keys = Array.from({ length: LANES }, (_, lane) => {
  for (let n = 0; ; n++) if (laneOf(partitionKeyOf('thing', `k${n}`), LANES) === lane) return `k${n}`;
});

function inLane(lane: number, act = 'write', contract = single, overrides: Partial<Envelope> = {}): Envelope {
  return envelopeOf(contract, { key: keys[lane]!, act }, { lanes: LANES, ...overrides });
}

/** How many transactions have written the lines of all commands. */
async function transactions({ database }: EngineFixture): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `SELECT count(DISTINCT xmin::text)::int AS count FROM command_ledger`,
  );
  return row!.count;
}

async function accounts({ database }: EngineFixture) {
  return database.query<{ lane: number; entered: string; applied: string }>(
    `SELECT lane, entered, applied FROM lane_account ORDER BY lane`,
  );
}

test('lanes whose batches come at the same time share one transaction, and each has its own account', async () => {
  const engine = await create();
  const batches = [0, 1, 2, 3].map((lane) => Array.from({ length: lane + 1 }, () => inLane(lane)));
  await Promise.all(batches.map((batch) => engine.deliver(batch)));
  expect(await engine.states()).toEqual({ applied: 10 });
  expect(await transactions(engine)).toBe(1);
  expect(await accounts(engine)).toEqual(
    [1, 2, 3, 4].map((count, lane) => ({ lane, entered: String(count), applied: String(count) })),
  );
  expect(engine.outcomes.map(({ commandId }) => commandId).toSorted()).toEqual(
    batches
      .flat()
      .map(({ id }) => id)
      .toSorted(),
  );
});

test.each([
  ['handled one by one', single],
  ['handled together', batched],
])('a command that fails is given up alone; those of other lanes, %s, are applied, in order', async (_, contract) => {
  const failing: Handler = one(async (command, unit) => {
    if (command.payload.act === 'fail') throw new Error('It never works.');
    await effect(command, unit);
  });
  const failingAll = many(async (commands, unit) => {
    for (const command of commands) {
      if (command.payload.act === 'fail') throw new Error('It never works.');
      await effect(command, unit);
    }
  });
  const engine = await create({ single: failing, batched: failingAll });
  const bad = inLane(1, 'fail', single);
  const batches = [0, 2, 3].map((lane) => ['1', '2', '3'].map((act) => inLane(lane, act, contract)));
  await Promise.all([...batches, [bad]].map((batch) => engine.deliver(batch)));
  expect(await engine.states()).toEqual({ applied: 9, dead: 1 });
  expect(await engine.line(bad.id)).toMatchObject({ attempts: 1 });
  const effects = await engine.effects();
  for (const lane of [0, 2, 3]) {
    expect(effects.filter(({ key }) => key === keys[lane]).map(({ act }) => act)).toEqual(['1', '2', '3']);
  }
});

test('a lane that another process holds keeps nobody waiting but itself', async () => {
  const engine = await create();
  const other = engine.database.dataSource.createQueryRunner();
  await other.startTransaction();
  await other.query(`SELECT pg_advisory_xact_lock(hashtext('sluice.lane:' || current_schema()), 2)`);
  const held = engine.deliver([inLane(2)]);
  await Promise.all([0, 1, 3].map((lane) => engine.deliver([inLane(lane)])));
  expect(await engine.states()).toEqual({ applied: 3 });
  await other.commitTransaction();
  await other.release();
  await held;
  expect(await engine.states()).toEqual({ applied: 4 });
});

test('an id that comes in two lanes at once has one effect', async () => {
  const engine = await create();
  const first = inLane(0);
  const second = inLane(1, 'write', single, { id: first.id });
  await Promise.all([engine.deliver([first]), engine.deliver([second]), engine.deliver([inLane(2)])]);
  expect((await engine.effects()).filter(({ command_id }) => command_id === first.id)).toHaveLength(1);
  expect(await engine.states()).toEqual({ applied: 2 });
});

test('one that takes long does not hold the others up for as long', async () => {
  const go = Promise.withResolvers<void>();
  let started = 0;
  const slow = one(async (command, unit) => {
    started++;
    if (command.payload.act === 'wait') await go.promise;
    await effect(command, unit);
  });
  const engine = await create({ single: slow });
  // Each has one of the two places of its own, as long as it is quick.
  const waiting: Promise<void>[] = [];
  for (const lane of [0, 1]) {
    waiting.push(engine.deliver([inLane(lane, 'wait')]));
    await until(() => started === lane + 1, `the command of lane ${lane} has started`);
  }
  await engine.deliver([inLane(3)]);
  expect(await engine.states()).toEqual({ applied: 1 });
  go.resolve();
  await Promise.all(waiting);
  expect(await engine.states()).toEqual({ applied: 3 });
});
