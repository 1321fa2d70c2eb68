import { fixedDelay, noRetry, relaxedStream } from '#contracts';
import { until } from '#testing';
import { discardLine, replayLine } from '../ledger/operate.js';
import { Rejected } from '../handling/handler.js';
import { defineThing, effect, EngineFixture, envelopeOf, one } from './engine.fixture.js';

const twice = defineThing({ type: 'test.twice.v1', retry: fixedDelay({ attemptsMax: 4, delayMs: 1 }) });
const once = defineThing({ type: 'test.once.v1', retry: noRetry() });
const relaxed = defineThing({ type: 'test.relaxed.v1', retry: noRetry(), stream: relaxedStream('log') });

let failing = true;
const attempts: number[] = [];

const handler = one(async (command, unit) => {
  attempts.push(command.attempt);
  await effect(command, unit);
  if (command.payload.act === 'fail-twice' && command.attempt <= 2) throw new Error('Not yet.');
  if (command.payload.act === 'fail-always') throw new Error('Never.');
  if (command.payload.act === 'refuse-at-last' && command.attempt > 1) throw new Rejected('test-refused', 'No.');
  if (command.payload.act === 'refuse-at-last') throw new Error('Not yet.');
  if (command.payload.act === 'fail-while-failing' && failing) throw new Error('Not now.');
  return command.payload.act === 'fail-twice' ? { attempt: command.attempt } : undefined;
});

const bindings = [twice, once, relaxed].map((contract) => ({ contract, handler }));
const operator = { operator: 'ann', reason: 'fixed' };

let fixture: EngineFixture;
beforeEach(async () => {
  failing = true;
  attempts.length = 0;
  fixture = await EngineFixture.create({ bindings });
  fixture.engine.retries.start();
});
afterEach(() => fixture.drop());

test('a command that succeeds at its third attempt is applied once, with its result and its history', async () => {
  const command = envelopeOf(twice, { act: 'fail-twice' });
  await fixture.deliver([command]);
  await until(async () => (await fixture.stateOf(command.id)) === 'applied', 'the command is applied');
  expect(attempts).toEqual([1, 2, 3]);
  expect(await fixture.line(command.id)).toMatchObject({ attempts: 3, result: { attempt: 3 }, error_code: null });
  expect((await fixture.line(command.id)).history).toHaveLength(2);
  expect(await fixture.effects()).toHaveLength(1);
  expect(fixture.outcomes.at(-1)).toMatchObject({ commandId: command.id, state: 'applied' });
});

test('attemptsMax 4 is exactly four runs, and then the command is dead', async () => {
  const command = envelopeOf(twice, { act: 'fail-always' });
  await fixture.deliver([command]);
  await until(async () => (await fixture.stateOf(command.id)) === 'dead', 'the command is dead');
  expect(attempts).toEqual([1, 2, 3, 4]);
  expect((await fixture.line(command.id)).history?.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  expect(await fixture.effects()).toEqual([]);
});

test('a refusal at a retry is final and leaves no effect', async () => {
  const command = envelopeOf(twice, { act: 'refuse-at-last' });
  await fixture.deliver([command]);
  await until(async () => (await fixture.stateOf(command.id)) === 'rejected', 'the command is rejected');
  expect(await fixture.effects()).toEqual([]);
});

test('successors of a strict key wait behind a dead one and follow in order on replay', async () => {
  const dead = envelopeOf(once, { act: 'fail-while-failing' });
  const successors = Array.from({ length: 5 }, (_, n) => envelopeOf(once, { act: `${n}` }));
  await fixture.deliver([dead, successors[0]!, successors[1]!]);
  await fixture.deliver([envelopeOf(once, { key: 'other', act: 'other' }), ...successors.slice(2)]);
  expect(await fixture.states()).toEqual({ applied: 1, dead: 1, parked: 5 });
  failing = false;
  expect(await replayLine(fixture.database, dead.id, operator)).toEqual({ outcome: 'done', state: 'retrying' });
  fixture.engine.retries.nudge();
  await until(async () => (await fixture.states())['applied'] === 7, 'all are applied');
  expect((await fixture.effects()).map((row) => row.act)).toEqual([
    'other',
    'fail-while-failing',
    '0',
    '1',
    '2',
    '3',
    '4',
  ]);
});

test('a successor that dies in its turn holds back those behind it', async () => {
  const commands = ['fail-while-failing', 'fail-always', '2'].map((act) => envelopeOf(once, { act }));
  await fixture.deliver(commands);
  failing = false;
  await replayLine(fixture.database, commands[0]!.id, operator);
  await until(async () => (await fixture.stateOf(commands[1]!.id)) === 'dead', 'the second is dead');
  expect(await fixture.states()).toEqual({ applied: 1, dead: 1, parked: 1 });
});

test('a discarded command lets its successors go', async () => {
  const commands = ['fail-always', '1', '2'].map((act) => envelopeOf(once, { act }));
  await fixture.deliver(commands);
  expect(await discardLine(fixture.database, commands[0]!.id, operator)).toEqual({
    outcome: 'done',
    state: 'discarded',
  });
  await until(async () => (await fixture.states())['applied'] === 2, 'the successors are applied');
  expect((await fixture.effects()).map((row) => row.act)).toEqual(['1', '2']);
});

test('a later command of a relaxed key passes a dead one', async () => {
  await fixture.deliver([envelopeOf(relaxed, { act: 'fail-always' }), envelopeOf(relaxed, { act: '1' })]);
  expect(await fixture.states()).toEqual({ applied: 1, dead: 1 });
});

test('of operators who replay at the same time one gets it done, and one line of audit is left', async () => {
  const dead = envelopeOf(once, { act: 'fail-while-failing' });
  await fixture.deliver([dead]);
  failing = false;
  const answers = await Promise.all(Array.from({ length: 6 }, () => replayLine(fixture.database, dead.id, operator)));
  expect(answers.filter((answer) => answer.outcome === 'done')).toHaveLength(1);
  expect(answers.filter((answer) => answer.outcome === 'not-dead')).toHaveLength(5);
  const audit = await fixture.database.query('SELECT operator, action, reason FROM ledger_audit');
  expect(audit).toEqual([{ operator: 'ann', action: 'replay', reason: 'fixed' }]);
});

test('what is not there or not dead can be neither replayed nor discarded', async () => {
  const applied = envelopeOf(once);
  await fixture.deliver([applied]);
  expect(await replayLine(fixture.database, applied.id, operator)).toEqual({ outcome: 'not-dead', state: 'applied' });
  const nobody = '00000000-0000-7000-8000-000000000000';
  expect(await discardLine(fixture.database, nobody, operator)).toEqual({ outcome: 'not-found', state: null });
  expect(await fixture.database.query('SELECT * FROM ledger_audit')).toEqual([]);
});

test('an expired command is not applied and says so, on arrival and while it is parked', async () => {
  const soon = new Date(Date.now() + 150).toISOString();
  const late = envelopeOf(once, { key: 'late' }, { attributes: { expirytime: new Date(0).toISOString() } });
  const dead = envelopeOf(once, { key: 'a', act: 'fail-always' });
  const parked = envelopeOf(once, { key: 'a' }, { attributes: { expirytime: soon } });
  await fixture.deliver([late, dead, parked]);
  expect(await fixture.stateOf(late.id)).toBe('expired');
  await until(async () => (await fixture.stateOf(parked.id)) === 'expired', 'the parked one is expired');
  expect(await fixture.effects()).toEqual([]);
  expect(fixture.outcomes.find((outcome) => outcome.commandId === late.id)?.state).toBe('expired');
});
