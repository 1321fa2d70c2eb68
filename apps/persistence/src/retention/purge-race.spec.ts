import { MemoryBroker, MemoryTransport, until } from '#testing';
import { Client } from 'pg';

import { defineThing, effect, EngineFixture, envelopeOf, one } from '../engine/engine.fixture.js';
import { Retention } from './retention.js';

const contract = defineThing({ type: 'test.write.v1' });
const HOUR_MS = 3_600_000;

let fixture: EngineFixture;
let retention: Retention;
let outsider: Client;

beforeEach(async () => {
  fixture = await EngineFixture.create({ bindings: [{ contract, handler: one(effect) }] });
  retention = new Retention(fixture.database, new MemoryTransport(new MemoryBroker(1)), { retentionMs: HOUR_MS });
  outsider = new Client({ connectionString: fixture.test.url });
  await outsider.connect();
});
afterEach(async () => {
  await outsider.end();
  await fixture.drop();
});

const idOf = (digit: string) => `${digit.repeat(8)}-0000-7000-8000-000000000000`;
const old = (digit: string) =>
  envelopeOf(contract, { key: digit }, { id: idOf(digit), timeMs: Date.now() - 9 * HOUR_MS });

test('a repetition that comes after its line was purged dies as too old, and has no second effect', async () => {
  const command = old('1');
  await fixture.deliver([command]);
  expect(await retention.purge()).toMatchObject({ lines: 1 });
  await fixture.deliver([command]);
  expect(await fixture.line(command.id)).toMatchObject({ state: 'dead', error_code: 'older-than-deduplication' });
  expect(await fixture.effects()).toHaveLength(1);
});

test('a purge in the middle of a repetition’s insert does not take the line from under it', async () => {
  const [first, second] = [old('1'), old('2')];
  await fixture.deliver([second]);
  // The insert has read the mark and now waits for this row, before it comes to the line of the second command.
  await outsider.query('BEGIN');
  await outsider.query(
    `INSERT INTO command_ledger (id, position, lane, state, fingerprint, accepted_at) VALUES ($1, 0, 0, 'applied', '', now())`,
    [first.id],
  );
  const delivered = fixture.deliver([first, second]);
  const waiting = (lock: string) =>
    outsider.query(`SELECT FROM pg_locks WHERE locktype = $1 AND NOT granted`, [lock]).then(({ rowCount }) => rowCount);
  await until(() => waiting('transactionid'), 'the insert waits');
  let purged = false;
  const purge = retention.purge().then((what) => {
    purged = true;
    return what;
  });
  await until(async () => purged || (await waiting('advisory')), 'the purge waits for the batch, or does not');
  await outsider.query('ROLLBACK');
  await Promise.all([delivered, purge]);
  const keys = (await fixture.effects()).map((row) => row.key);
  expect(keys.filter((key) => key === '2')).toHaveLength(1);
});
