import { laneOf, PublishError, type Envelope, type Undecoded } from '#messaging';
import { replayLine } from '../ledger/operate.js';
import { until } from '#testing';
import { defineThing, effect, EngineFixture, envelopeOf, one, type LedgerRow } from './engine.fixture.js';

const write = defineThing({ type: 'test.write.v1' });
const bindings = [{ contract: write, handler: one(effect) }];

let fixture: EngineFixture;
beforeEach(async () => {
  fixture = await EngineFixture.create({ bindings });
});
afterEach(() => fixture.drop());

async function deadLines() {
  return fixture.database.query<{ error_code: string; external_id: string | null; arrivals: number; payload: Buffer }>(
    `SELECT error_code, external_id, arrivals, payload FROM command_ledger WHERE state = 'dead' ORDER BY position`,
  );
}

test('what does not decode is one dead line with its bytes, however often it arrives', async () => {
  const message: Undecoded = {
    kind: 'undecoded',
    body: Buffer.from([0xff, 0x00, 0x7b]),
    headers: { 'x-a': 'b\0' },
    reason: 'No id.',
  };
  const other: Undecoded = { ...message, headers: {} };
  const command = envelopeOf(write);
  await fixture.deliver([message, { kind: 'decoded', envelope: command }, message]);
  await fixture.deliver([message, other]);
  expect((await deadLines()).map((line) => [line.error_code, line.arrivals])).toEqual([
    ['undecodable', 3],
    ['undecodable', 1],
  ]);
  expect((await deadLines())[0]?.payload).toEqual(Buffer.from([0xff, 0x00, 0x7b]));
  expect(await fixture.stateOf(command.id)).toBe('applied');
});

test('a message that did not decode has no type to be replayed by', async () => {
  await fixture.deliver([{ kind: 'undecoded', body: Buffer.from('x'), headers: {}, reason: 'No type.' }]);
  const [line] = await fixture.database.query<{ id: string }>('SELECT id FROM command_ledger');
  expect(await replayLine(fixture.database, line!.id, { operator: 'ann' })).toEqual({
    outcome: 'not-replayable',
    state: 'dead',
  });
});

test('the same gateway id with another payload keeps the first outcome, whose fingerprint tells the asker', async () => {
  const first = envelopeOf(write, { act: 'first' });
  const second = { ...envelopeOf(write, { act: 'second' }), id: first.id };
  await fixture.deliver([first]);
  await fixture.deliver([second]);
  await fixture.deliver([envelopeOf(write, { key: 'b' }), second]);
  expect((await fixture.effects()).map((row) => row.act)).toEqual(['first', 'write']);
  const told = fixture.outcomes.filter((outcome) => outcome.commandId === first.id);
  expect(new Set(told.map((outcome) => outcome.fingerprint)).size).toBe(1);
  expect(await fixture.states()).toEqual({ applied: 2 });
});

test('foreign programs may number alike, and one that reuses a number gets a dead line of its own', async () => {
  const foreign = (source: string, act: string): Envelope => envelopeOf(write, { act }, { id: '1', source });
  await fixture.deliver([foreign('urn:a', 'a'), foreign('urn:b', 'b'), foreign('urn:a', 'a')]);
  await fixture.deliver([foreign('urn:a', 'other'), foreign('urn:b', 'b')]);
  await fixture.deliver([foreign('urn:a', 'other'), foreign('urn:a', 'third')]);
  expect((await fixture.effects()).map((row) => row.act)).toEqual(['a', 'b']);
  expect((await deadLines()).map((line) => [line.error_code, line.external_id])).toEqual([
    ['id-conflict', '1'],
    ['id-conflict', '1'],
  ]);
});

test('an id used twice within one batch by a foreign program keeps the first payload', async () => {
  const foreign = (act: string) => envelopeOf(write, { act }, { id: '7', source: 'urn:a' });
  await fixture.deliver([foreign('first'), foreign('second')]);
  expect((await fixture.effects()).map((row) => row.act)).toEqual(['first']);
  expect((await deadLines()).map((line) => line.error_code)).toEqual(['id-conflict']);
});

test('an unknown type and an invalid payload are dead with the reason, and hold back the later commands of their key', async () => {
  const unknown = { ...envelopeOf(write, { key: 'a' }), type: 'test.unknown.v1' };
  const invalid = { ...envelopeOf(write, { key: 'b' }), body: Buffer.from('{"key":"b","act":3}') };
  const noJson = { ...envelopeOf(write, { key: 'c' }), body: Buffer.from([0xc3, 0x28]) };
  const later = ['a', 'b', 'c', 'd'].map((key) => envelopeOf(write, { key }));
  await fixture.deliver([unknown, invalid, noJson, ...later]);
  expect(await fixture.line(unknown.id)).toMatchObject({ state: 'dead', error_code: 'unknown-type' });
  expect(await fixture.line(invalid.id)).toMatchObject({ state: 'dead', error_code: 'invalid-payload' });
  expect((await fixture.line(invalid.id)).error_message).toContain('/act');
  expect(await fixture.line(noJson.id)).toMatchObject({ state: 'dead', error_code: 'invalid-payload' });
  expect(await Promise.all(later.map((command) => fixture.stateOf(command.id)))).toEqual([
    'parked',
    'parked',
    'parked',
    'applied',
  ]);
});

test('odd text from outside neither stops the batch nor gets lost', async () => {
  const odd = envelopeOf(
    write,
    { key: 'a\0b' },
    { source: 'urn:\0', id: 'x\0y', attributes: { principal: 'p\0', other: '\0' } },
  );
  const expiring = envelopeOf(write, { key: 'b' }, { attributes: { expirytime: 'tomorrow' } });
  const timeless = envelopeOf(write, { key: 'c' }, { timeMs: Number.NaN });
  await fixture.deliver([odd, expiring, timeless]);
  expect((await deadLines()).map((line) => line.error_code)).toEqual(['invalid-payload', 'invalid-expiry']);
  expect(await fixture.stateOf(timeless.id)).toBe('applied');
});

test('a command accepted before what the ledger remembers is dead if it has no line, and may be replayed', async () => {
  const known = envelopeOf(write, { key: 'a' }, { timeMs: Date.now() - 60_000 });
  await fixture.deliver([known]);
  await fixture.database.query("UPDATE installation SET purged_before = now() - interval '30 seconds'");
  const forgotten = envelopeOf(write, { key: 'b' }, { timeMs: Date.now() - 60_000 });
  await fixture.deliver([known, forgotten, envelopeOf(write, { key: 'c' })]);
  expect(await fixture.line(forgotten.id)).toMatchObject({ state: 'dead', error_code: 'older-than-deduplication' });
  expect(await fixture.states()).toEqual({ applied: 2, dead: 1 });
  expect((await replayLine(fixture.database, forgotten.id, { operator: 'ann' })).outcome).toBe('done');
});

/** A command in its lane, and one of another key and lane that a foreign program has sent there too. */
async function misplaced() {
  await fixture.drop();
  const lanes = 4;
  fixture = await EngineFixture.create({ bindings, database: { lanes } });
  const right = envelopeOf(write, { key: 'a' }, { lanes });
  const key = ['b', 'c', 'd', 'e', 'f', 'g'].find((candidate) => laneOf(`thing:${candidate}`, lanes) !== right.lane)!;
  const wrong = envelopeOf(write, { key }, { id: '1', source: 'urn:a', partitionKey: '', lane: right.lane });
  return { lanes, right, wrong, key };
}

test('a delivery in the wrong lane is not run but published to its own, with the same id', async () => {
  const { lanes, right, wrong, key } = await misplaced();
  await fixture.deliver([right, wrong]);
  expect((await fixture.effects()).map((row) => row.key)).toEqual(['a']);
  expect(fixture.forwarded).toMatchObject([{ id: '1', source: 'urn:a', lane: laneOf(`thing:${key}`, lanes) }]);
  await fixture.deliver(fixture.forwarded);
  expect((await fixture.effects()).map((row) => row.key)).toEqual(['a', key]);
});

test('one in the wrong lane that is too large to be published again is dead in its own, and may be replayed', async () => {
  const { lanes, right, wrong, key } = await misplaced();
  fixture.publishRefusal = new PublishError('not-stored', 'too-large', 'Its attributes are too large.');
  await fixture.deliver([right, wrong]);
  await fixture.deliver([wrong]);
  expect((await fixture.effects()).map((row) => row.key)).toEqual(['a']);
  const [line, ...others] = await fixture.database.query<LedgerRow & { lane: number }>(
    `SELECT * FROM command_ledger WHERE state = 'dead'`,
  );
  expect(others).toEqual([]);
  expect(line).toMatchObject({
    lane: laneOf(`thing:${key}`, lanes),
    error_code: 'too-large-to-forward',
    error_message: expect.stringMatching(/replay it. Its attributes are too large/),
    external_id: '1',
  });
  const later = envelopeOf(write, { key }, { lanes });
  await fixture.deliver([later]);
  expect(await fixture.stateOf(later.id)).toBe('parked');
  await replayLine(fixture.database, line!.id, { operator: 'ann' });
  fixture.engine.retries.start();
  await until(async () => (await fixture.stateOf(later.id)) === 'applied', 'both are applied');
  expect((await fixture.effects()).map((row) => row.key)).toEqual(['a', key, key]);
});

test('one in the wrong lane that finds no room is published again until it does', async () => {
  const { right, wrong } = await misplaced();
  fixture.publishRefusal = new PublishError('not-stored', 'overloaded', 'The lane is full.');
  const delivered = fixture.deliver([right, wrong]);
  await until(() => fixture.publishRefusals > 1, 'it was tried again');
  fixture.publishRefusal = undefined;
  await delivered;
  expect(fixture.forwarded).toMatchObject([{ id: '1' }]);
  expect(await fixture.states()).toEqual({ applied: 1 });
});
