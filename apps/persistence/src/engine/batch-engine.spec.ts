import { relaxedStream } from '#contracts';
import { Rejected } from '../handling/handler.js';
import { defineThing, effect, EngineFixture, envelopeOf, many, one } from './engine.fixture.js';

const write = defineThing({ type: 'test.write.v1' });
const record = defineThing({ type: 'test.record.v1', stream: relaxedStream('log') });

const bindings = [
  {
    contract: write,
    handler: one(async (command, unit) => {
      const { act } = command.payload;
      if (act === 'refuse') throw new Rejected('test-refused', 'No.');
      await effect(command, unit);
      if (act === 'refuse-late') throw new Rejected('test-refused', 'No, after all.');
      if (act === 'result') return { key: command.key };
      if (act === 'long-result') return 'x'.repeat(2_000);
      return undefined;
    }),
  },
  {
    contract: record,
    handler: many(async (commands, unit) => {
      for (const command of commands) {
        if (command.payload.act === 'refuse') unit.reject(command, 'test-refused', 'No.');
        else await effect(command, unit);
      }
    }),
  },
];

let fixture: EngineFixture;
beforeEach(async () => {
  fixture = await EngineFixture.create({ bindings });
});
afterEach(() => fixture.drop());

test('a batch is applied in order, with a line and an effect for each command', async () => {
  const commands = [1, 2, 3].map((n) => envelopeOf(write, { act: `write-${n}` }));
  await fixture.deliver(commands);
  expect((await fixture.effects()).map((row) => row.act)).toEqual(['write-1', 'write-2', 'write-3']);
  expect(await fixture.states()).toEqual({ applied: 3 });
  const lines = await Promise.all(commands.map((command) => fixture.line(command.id)));
  expect(lines.map((line) => line.attempts)).toEqual([1, 1, 1]);
});

test('outcomes are told after the commit, whole where there is more to say than applied', async () => {
  const [plain, refused, result] = [{}, { act: 'refuse', key: 'b' }, { act: 'result', key: 'c' }].map((thing) =>
    envelopeOf(write, thing),
  );
  await fixture.deliver([plain!, refused!, result!]);
  expect(fixture.outcomes.map((outcome) => [outcome.commandId, outcome.state])).toEqual([
    [plain!.id, 'applied'],
    [refused!.id, 'rejected'],
    [result!.id, 'applied'],
  ]);
  expect(fixture.outcomes[0]?.outcome).toBeUndefined();
  expect(fixture.outcomes[1]?.outcome?.error).toEqual({ code: 'test-refused', message: 'No.' });
  expect(fixture.outcomes[2]?.outcome?.result).toEqual({ key: 'c' });
  expect((await fixture.line(result!.id)).result).toEqual({ key: 'c' });
});

test('a duplicate is not applied, alone and within a batch, and its outcome is told again', async () => {
  const command = envelopeOf(write);
  await fixture.deliver([command, envelopeOf(write, { key: 'b' }), command]);
  await fixture.deliver([command]);
  expect((await fixture.effects()).filter((row) => row.command_id === command.id)).toHaveLength(1);
  expect(fixture.outcomes.filter((outcome) => outcome.commandId === command.id)).toHaveLength(2);
});

test('a refusal before any write keeps the batch, one after a write takes its own write back only', async () => {
  const [before, early, late, after] = ['write', 'refuse', 'refuse-late', 'write'].map((act, index) =>
    envelopeOf(write, { act, key: `k${index}` }),
  );
  await fixture.deliver([before!, early!, late!, after!]);
  expect(await fixture.states()).toEqual({ applied: 2, rejected: 2 });
  expect((await fixture.effects()).map((row) => row.command_id)).toEqual([before!.id, after!.id]);
});

test('a batch handler refuses one command and the others are applied in the same transaction', async () => {
  const commands = ['write', 'refuse', 'write'].map((act) => envelopeOf(record, { act }));
  await fixture.deliver(commands);
  expect(await fixture.states()).toEqual({ applied: 2, rejected: 1 });
  expect(await fixture.effects()).toHaveLength(2);
});

test('a result of more than a kilobyte is a permanent failure of its command', async () => {
  const command = envelopeOf(write, { act: 'long-result' });
  await fixture.deliver([command, envelopeOf(write, { key: 'b' })]);
  expect(await fixture.line(command.id)).toMatchObject({ state: 'dead', error_code: 'result-unusable' });
  expect((await fixture.effects()).map((row) => row.key)).toEqual(['b']);
});

test('positions follow the order of delivery, whatever the order of the ids', async () => {
  const commands = ['f', '0', '9', '3'].map((digit) =>
    envelopeOf(write, { key: digit }, { id: `${digit.repeat(8)}-0000-7000-8000-000000000000` }),
  );
  await fixture.deliver(commands);
  const lines = await Promise.all(commands.map((command) => fixture.line(command.id)));
  const positions = lines.map((line) => Number(line.position));
  expect(positions).toEqual([...positions].sort((a, b) => a - b));
});

test('a notice is at most 64 KiB long', async () => {
  await fixture.deliver(Array.from({ length: 500 }, (_, n) => envelopeOf(write, { act: 'result', key: `k${n}` })));
  expect(fixture.outcomes).toHaveLength(500);
  expect(fixture.notices.length).toBeGreaterThan(1);
  for (const notice of fixture.notices) expect(notice.byteLength).toBeLessThanOrEqual(64 * 1024);
});

test('two processes that race the same commands apply each of them once', async () => {
  const other = await EngineFixture.create({ bindings, shared: fixture.test });
  const commands = Array.from({ length: 50 }, (_, n) => envelopeOf(n % 2 ? write : record, { key: `k${n}` }));
  await Promise.all([fixture.deliver(commands), other.deliver(commands), fixture.deliver(commands)]);
  expect(await fixture.states()).toEqual({ applied: 50 });
  expect(new Set((await fixture.effects()).map((row) => row.command_id)).size).toBe(50);
  expect(await fixture.effects()).toHaveLength(50);
  await other.drop();
});
