import { createTestDatabase, type TestDatabase } from '#testing';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { reckon, type Accepted } from './reckoning.js';

const ORDER = randomUUID();
const PLACE = randomUUID();
const CANCEL = randomUUID();
const READING = randomUUID();

const accepted: Accepted = {
  told: [
    { commandId: PLACE, orderId: ORDER, step: 0 },
    { commandId: CANCEL, orderId: ORDER, step: 1 },
  ],
  readings: new Set([READING]),
  tellings: [
    { commandId: PLACE, status: 'applied', by: 'an answer' },
    { commandId: READING, status: 'accepted', by: 'an answer' },
  ],
  complete: true,
};

/** A database that is as it should be, made wrong in one place at a time: the reckoning must see each. */
describe('the reckoning of the fault tests', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(`
      CREATE TABLE command_ledger (id uuid, position bigint, state text, attempts int, error_code text, history jsonb, type text, key text);
      CREATE TABLE orders (id uuid, status text, version int);
      CREATE TABLE readings (command_id uuid)`);
  });

  beforeEach(async () => {
    await client.query('TRUNCATE command_ledger, orders, readings');
    await client.query(
      `INSERT INTO command_ledger SELECT id, place, 'applied', 1
       FROM unnest(ARRAY['${PLACE}', '${CANCEL}', '${READING}']::uuid[]) WITH ORDINALITY AS ids (id, place)`,
    );
    await client.query(`INSERT INTO orders VALUES ('${ORDER}', 'cancelled', 2)`);
    await client.query(`INSERT INTO readings VALUES ('${READING}')`);
  });

  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  test('finds nothing where all is well', async () => {
    const reckoning = await reckon(database.url, accepted, 100);
    const nothing = {
      missing: [],
      wrong: [],
      effects: [],
      overtaking: [],
      untrue: [],
      strangers: [],
      attemptsBurnt: [],
    };
    expect(reckoning).toEqual({ accepted: 3, states: { applied: 3 }, ...nothing });
  });

  test.each([
    ['missing', 'a command without a line', `DELETE FROM command_ledger WHERE id = '${READING}'`],
    ['missing', 'a command that has not ended', `UPDATE command_ledger SET state = 'parked' WHERE id = '${READING}'`],
    ['wrong', 'a dead command', `UPDATE command_ledger SET state = 'dead' WHERE id = '${CANCEL}'`],
    [
      'wrong',
      'a cancellation that overtook its order',
      `UPDATE command_ledger SET state = 'rejected', error_code = 'order-not-found' WHERE id = '${CANCEL}'`,
    ],
    ['effects', 'an order that is not there', `DELETE FROM orders`],
    ['effects', 'an order that was changed twice', `UPDATE orders SET version = 3`],
    ['effects', 'a reading that is there twice', `INSERT INTO readings VALUES ('${READING}')`],
    ['effects', 'a reading that is not there', `DELETE FROM readings`],
    ['overtaking', 'a place before an earlier one', `UPDATE command_ledger SET position = 0 WHERE id = '${CANCEL}'`],
    [
      'untrue',
      'an outcome that was told otherwise',
      `UPDATE command_ledger SET state = 'rejected' WHERE id = '${PLACE}'`,
    ],
    ['untrue', 'an outcome that has vanished', `DELETE FROM command_ledger WHERE id = '${PLACE}'`],
    ['strangers', 'a line of nobody', `INSERT INTO command_ledger SELECT gen_random_uuid(), 9, 'applied', 1`],
    ['strangers', 'a reading of nobody', `INSERT INTO readings SELECT gen_random_uuid()`],
    ['strangers', 'an order of nobody', `INSERT INTO orders SELECT gen_random_uuid(), 'placed', 1`],
    ['attemptsBurnt', 'a second attempt', `UPDATE command_ledger SET attempts = 2 WHERE id = '${PLACE}'`],
    ['attemptsBurnt', 'a failed attempt', `UPDATE command_ledger SET history = '[{}]' WHERE id = '${PLACE}'`],
  ] as const)('counts as %s %s', async (list, _, fault) => {
    await client.query(fault);
    const reckoning = await reckon(database.url, accepted, 100);
    expect(reckoning[list]).toHaveLength(1);
  });
});
