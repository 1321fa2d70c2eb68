import { fixedDelay, noRetry } from '#contracts';
import { createTestDatabase, TcpProxy, until } from '#testing';
import { Unavailable, type Handler } from '../handling/handler.js';
import { defineThing, effect, EngineFixture, envelopeOf, one, type EngineTestOptions } from './engine.fixture.js';

const hasty = defineThing({ type: 'test.hasty.v1', handlerTimeoutMs: 50, retry: noRetry() });
const twice = defineThing({ type: 'test.twice.v1', retry: fixedDelay({ attemptsMax: 2, delayMs: 0 }) });

let fixture: EngineFixture | undefined;
afterEach(async () => {
  await fixture?.drop();
  fixture = undefined;
});

async function create(handler: Handler, options: Partial<EngineTestOptions> = {}): Promise<EngineFixture> {
  const bindings = [hasty, twice].map((contract) => ({ contract, handler }));
  return (fixture = await EngineFixture.create({ bindings, ...options }));
}

/** A handler that hangs while `slow()`, or whenever its command says so. */
function hanging(slow: () => boolean): Handler {
  return one(async (command, unit) => {
    await effect(command, unit);
    if (!slow() || command.payload.act === 'quick') return;
    await new Promise((resolve) => unit.signal.addEventListener('abort', resolve));
  });
}

test('of three different commands in a row that time out alone the third is held until the database is well', async () => {
  let slow = true;
  const held = await create(hanging(() => slow));
  held.engine.breaker.watch((open) => (slow &&= !open));
  const commands = ['a', 'b', 'c'].map((key) => envelopeOf(hasty, { key }));
  for (const command of commands) await held.deliver([command]);
  expect(await held.line(commands[0]!.id)).toMatchObject({ state: 'dead', attempts: 1 });
  expect(await held.line(commands[1]!.id)).toMatchObject({ state: 'dead', attempts: 1 });
  expect(await held.line(commands[2]!.id)).toMatchObject({ state: 'applied', attempts: 1 });
});

test('a command that is applied in between shows that the slow ones are slow of themselves', async () => {
  const held = await create(hanging(() => true));
  let opened = 0;
  held.engine.breaker.watch(() => opened++);
  for (const key of ['a', 'b']) await held.deliver([envelopeOf(hasty, { key })]);
  await held.deliver([envelopeOf(hasty, { key: 'c', act: 'quick' })]);
  for (const key of ['d', 'e']) await held.deliver([envelopeOf(hasty, { key })]);
  expect(await held.states()).toEqual({ applied: 1, dead: 4 });
  expect(opened).toBe(0);
});

test('what stays unavailable beyond the bound counts attempts again, and dies of its policy', async () => {
  let nowMs = Date.now();
  let runs = 0;
  const away = one(async () => {
    runs++;
    throw new Unavailable('The service is away.');
  });
  const options = { engine: { now: () => nowMs, random: () => 0, unavailableMsMax: 60_000, pollMsMax: 5 } };
  const held = await create(away, options);
  const command = envelopeOf(twice);
  await held.deliver([command]);
  held.engine.retries.start();
  nowMs += 40_000;
  const dueAgain = async () => runs === 2 && (await held.line(command.id)).state === 'retrying';
  await until(dueAgain, 'it has run again within the bound');
  expect(await held.line(command.id)).toMatchObject({ state: 'retrying', attempts: 0 });
  nowMs += 40_000;
  await until(async () => (await held.line(command.id)).state === 'dead', 'it is dead');
  const { attempts, history } = await held.line(command.id);
  expect([attempts, history?.length, runs]).toEqual([2, 2, 4]);
});

test('an outage during a retry burns no attempt: the last one is made again when the database is back', async () => {
  const shared = await createTestDatabase();
  const { hostname, port } = new URL(shared.url);
  const proxy = await TcpProxy.to(hostname, Number(port || 5432));
  const runs: number[] = [];
  const handler = one(async (command, unit) => {
    runs.push(command.attempt);
    if (command.attempt === 1) throw new Error('Not yet.');
    if (runs.length === 2) await proxy.refuse();
    await effect(command, unit);
  });
  const held = await create(handler, { shared, urlOf: (url) => proxy.urlOf(url) });
  const command = envelopeOf(twice);
  await held.deliver([command]);
  held.engine.retries.start();
  await until(() => held.engine.breaker.isOpen, 'the breaker is open');
  await proxy.restore();
  await until(async () => (await held.line(command.id).catch(() => undefined))?.state === 'applied', 'it is applied');
  expect((await held.line(command.id)).attempts).toBe(2);
  expect(runs).toEqual([1, 2, 2]);
  expect(await held.effects()).toHaveLength(1);
  await fixture?.drop();
  fixture = undefined;
  await proxy.close();
  await shared.drop();
});
