import { GetDeadLetter, LedgerStanding, ListDeadLetters, validate, type PayloadOf } from '#contracts';
import { RequestRefused } from '#messaging';
import { createTestDatabase } from '#testing';

import { MigratedDatabase } from '../requests/migrated-database.fixture.js';
import { FindOutcomesResponder } from './find-outcomes.responder.js';
import { GetDeadLetterResponder } from './get-dead-letter.responder.js';
import { writeLine, type LineColumns } from './ledger-line.fixture.js';
import { LedgerStandingResponder } from './ledger-standing.responder.js';
import { ListDeadLettersResponder } from './list-dead-letters.responder.js';

let tables: MigratedDatabase;

beforeAll(async () => {
  tables = await MigratedDatabase.of(await createTestDatabase());
});
beforeEach(() => tables.query('TRUNCATE command_ledger, ledger_audit'));
afterAll(() => tables?.drop());

const write = (columns: LineColumns) => writeLine(tables, columns);
const get = (commandId: string) => new GetDeadLetterResponder(tables.requests).answer({ commandId });

async function list(filter: Partial<PayloadOf<typeof ListDeadLetters>> = {}) {
  const page = await new ListDeadLettersResponder(tables.requests).answer({ limit: 50, ...filter });
  expect(validate(ListDeadLetters.answer, page)).toMatchObject({ valid: true });
  return page;
}

const idsOf = async (filter: Partial<PayloadOf<typeof ListDeadLetters>>) =>
  (await list(filter)).deadLetters.map(({ commandId }) => commandId);

test('each filter keeps what it names, and only dead lines are letters', async () => {
  const first = await write({ type: 'a.b.v1', key: 'one', updated_at: '2026-11-22T10:00:00Z' });
  const second = await write({ stream: 'device', key: 'two', failure_group: 'g2', updated_at: '2026-11-22T11:00:00Z' });
  for (const state of ['applied', 'retrying', 'parked', 'discarded']) await write({ state });
  expect(await idsOf({})).toEqual([second, first]);
  expect(await idsOf({ type: 'a.b.v1' })).toEqual([first]);
  expect(await idsOf({ stream: 'device' })).toEqual([second]);
  expect(await idsOf({ key: 'one' })).toEqual([first]);
  expect(await idsOf({ failureGroup: 'g2' })).toEqual([second]);
  expect(await idsOf({ deadFrom: '2026-11-22T11:00:00Z' })).toEqual([second]);
  expect(await idsOf({ deadTo: '2026-11-22T11:00:00Z' })).toEqual([first]);
  expect(await idsOf({ key: 'one', failureGroup: 'g2' })).toEqual([]);
});

test('pages meet without gap or repetition, and each says how many there are in all', async () => {
  const ids: string[] = [];
  for (let number = 0; number < 7; number++) {
    ids.unshift(await write({ updated_at: `2026-11-22T10:00:00.00000${number}Z`, failure_group: 'mine' }));
  }
  await write({ failure_group: 'other' });
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ failureGroup: 'mine', limit: 3, ...(cursor && { cursor }) });
    expect(page.total).toBe(7);
    found.push(...page.deadLetters.map(({ commandId }) => commandId));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(found).toEqual(ids);
  await expect(list({ cursor: 'not-mine' })).rejects.toThrow(RequestRefused);
});

test('a letter says how many commands of its key wait behind it', async () => {
  await write({ state: 'parked', key: 'strict' });
  const id = await write({ key: 'strict' });
  await write({ state: 'parked', key: 'strict' });
  await write({ state: 'parked', key: 'strict' });
  await write({ state: 'parked', key: 'another' });
  expect((await list()).deadLetters).toMatchObject([{ commandId: id, parkedBehind: 2 }]);
  expect(await get(id)).toMatchObject({ parkedBehind: 2 });
});

test('a letter is shown whole: payload, headers, attempts and what operators did', async () => {
  const error = { code: 'sql-23514', message: 'refused' };
  const history = [{ attempt: 1, at: '2026-11-22T09:00:01.000Z', error }];
  const body = Buffer.from('{"orderId":"é"}');
  const headers = { 'content-type': 'application/json' };
  const id = await write({
    payload: body,
    headers,
    history: JSON.stringify(history),
    source: 'urn:x',
    external_id: '7',
  });
  await tables.query(
    `INSERT INTO ledger_audit (command_id, operator, action, reason) VALUES ($1, 'ann', 'replay', 'why')`,
    [id],
  );
  const letter = await get(id);
  expect(letter).toMatchObject({
    commandId: id,
    state: 'dead',
    payload: { orderId: 'é' },
    payloadBase64: body.toString('base64'),
    headers,
    history,
    source: 'urn:x',
    externalId: '7',
    arrivals: 1,
    error,
    audit: [{ operator: 'ann', action: 'replay', reason: 'why' }],
  });
  expect(validate(GetDeadLetter.answer, letter)).toMatchObject({ valid: true });
});

test('bytes that are no JSON are shown as bytes', async () => {
  const raw = Buffer.from([0xff, 0x00, 0x7b]);
  const id = await write({ type: null, stream: null, key: null, payload: raw, error_code: 'undecodable', arrivals: 3 });
  const letter = await get(id);
  expect(letter).toMatchObject({ type: null, payload: null, payloadBase64: raw.toString('base64'), arrivals: 3 });
  expect(validate(GetDeadLetter.answer, letter)).toMatchObject({ valid: true });
});

test('a line that never died is no letter, and one that was replayed still is', async () => {
  const applied = await write({ state: 'applied' });
  const replayed = await write({ state: 'applied', error_code: null, failure_group: null });
  await tables.query(`INSERT INTO ledger_audit (command_id, operator, action) VALUES ($1, 'ann', 'replay')`, [
    replayed,
  ]);
  expect(await get(applied)).toBeNull();
  expect(await get(crypto.randomUUID())).toBeNull();
  const letter = await get(replayed);
  expect(letter).toMatchObject({ state: 'applied', audit: [{ operator: 'ann', reason: null }] });
  expect(validate(GetDeadLetter.answer, letter)).toMatchObject({ valid: true });
});

test('the standing counts what is not final, and since when something other than a letter waits', async () => {
  const standing = () => new LedgerStandingResponder(tables.requests).answer();
  expect(await standing()).toEqual({ retrying: 0, parked: 0, dead: 0, oldestWaitingAt: null });
  await write({ accepted_at: '2026-11-20T00:00:00Z' });
  await write({ state: 'parked', accepted_at: '2026-11-22T00:00:00Z' });
  await write({ state: 'parked', accepted_at: '2026-11-23T00:00:00Z' });
  await write({ state: 'retrying', accepted_at: '2026-11-21T00:00:00Z' });
  await write({ state: 'applied', accepted_at: '2026-11-01T00:00:00Z' });
  const answer = await standing();
  expect(answer).toEqual({ retrying: 1, parked: 2, dead: 1, oldestWaitingAt: '2026-11-21T00:00:00.000Z' });
  expect(validate(LedgerStanding.answer, answer)).toMatchObject({ valid: true });
});

test('outcomes are found by id in either case of letters, and the purge mark stands beside them', async () => {
  const find = (...commandIds: string[]) => new FindOutcomesResponder(tables.requests).answer({ commandIds });
  const id = await write({ state: 'applied', error_code: null, result: '{"version":1}', attempts: 1 });
  const found = await find(id.toUpperCase(), crypto.randomUUID());
  expect(found).toMatchObject({
    outcomes: [{ commandId: id, state: 'applied', result: { version: 1 } }],
    purgedBefore: null,
  });
  await tables.query(`UPDATE installation SET purged_before = '2026-11-01T00:00:00Z'`);
  expect(await find(id)).toMatchObject({ purgedBefore: '2026-11-01T00:00:00.000Z' });
  await tables.query(`UPDATE installation SET purged_before = NULL`);
});
