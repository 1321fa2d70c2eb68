import { createTestDatabase, seeded, until, type TestDatabase } from '#testing';
import { Client } from 'pg';
import { Clients } from '../faults/clients.js';
import { reckon, type Accepted } from '../faults/reckoning.js';
import { startSluice } from '../product/sluice.js';
import { falseBooks } from './books.js';
import { Hearing } from './hearing.js';
import { judge } from './judgement.js';

const ORDERS = 6;
const random = seeded();

/** What became of a few orders and readings, with the product stopped. */
let history: { readonly database: TestDatabase; readonly clients: Accepted };

beforeAll(async () => {
  const database = await createTestDatabase();
  const sluice = await startSluice({ DATABASE_URL: database.url });
  const hearing = new Hearing([sluice.url], random);
  const clients = new Clients(sluice.url, random, { clients: 2, waitShare: 0.5, onOperation: hearing.note });
  clients.start();
  await until(() => clients.told.length >= ORDERS * 4, 'some orders have been lived through', 60_000);
  await clients.stop();
  await reckon(database.url, clients);
  await hearing.askForAll();
  await until(async () => (await reportedAll(database, clients)) || undefined, 'the gateway has reported', 30_000);
  await sluice.close();
  if (hearing.faults.length > 0) throw new Error(hearing.faults.join(', '));
  const { told, readings } = clients;
  history = { database, clients: { told, readings, tellings: hearing.tellings, complete: true } };
}, 600_000);

afterAll(() => history?.database.drop());

async function reportedAll(database: TestDatabase, { told, readings }: Accepted): Promise<boolean> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ sum: string | null }>('SELECT sum(accepted) FROM gateway_account');
  await client.end();
  return Number(rows[0]?.sum) >= told.length + readings.size;
}

/** The judgement on a copy of the history in which something was changed. */
async function judgedWith(bug: string, tellings = history.clients.tellings): Promise<string[]> {
  const copy = await createTestDatabase({ template: history.database.name });
  try {
    const client = new Client({ connectionString: copy.url });
    await client.connect();
    const { rowCount } = await client.query(bug);
    await client.end();
    if (bug !== NOTHING && rowCount === 0) throw new Error(`This changes nothing: ${bug}`);
    const reckoning = await reckon(copy.url, { ...history.clients, ...(tellings && { tellings }) }, 100);
    return judge(reckoning, await falseBooks(copy.url));
  } finally {
    await copy.drop();
  }
}

const NOTHING = 'SELECT';
const step = (number: number) => history.clients.told.find((told) => told.step === number)!;
const reading = () => [...history.clients.readings][0]!;
const lineOf = (id: string) => `id = '${id}'`;

test('a history that is as it was finds the checker content', async () => {
  expect(await judgedWith(NOTHING)).toEqual([]);
});

/** Each a bug of the product, planted in what it left behind. */
const bugs: readonly (readonly [string, string, () => string])[] = [
  ['a lost command', 'missing', () => `DELETE FROM command_ledger WHERE ${lineOf(reading())}`],
  [
    'a command that never ends',
    'missing',
    () => `UPDATE command_ledger SET state = 'parked' WHERE ${lineOf(reading())}`,
  ],
  ['an effect without its line', 'missing', () => `DELETE FROM command_ledger WHERE ${lineOf(step(0).commandId)}`],
  ['a line without its effect', 'effects', () => `DELETE FROM readings WHERE command_id = '${reading()}'`],
  ['a double effect', 'effects', () => `UPDATE orders SET version = version + 1 WHERE id = '${step(1).orderId}'`],
  [
    'a swap within a strict key',
    'overtaking',
    () => {
      const [first, second] = [0, 1].map((number) =>
        history.clients.told.find((told) => told.step === number && told.orderId === step(1).orderId),
      );
      return `UPDATE command_ledger l SET position = o.position FROM command_ledger o
        WHERE (l.id, o.id) IN (('${first!.commandId}', '${second!.commandId}'), ('${second!.commandId}', '${first!.commandId}'))`;
    },
  ],
  [
    'a later command that ran before an earlier one of its key',
    'wrong',
    () =>
      `UPDATE command_ledger SET state = 'rejected', error_code = 'order-not-found' WHERE ${lineOf(step(1).commandId)}`,
  ],
  [
    'a last status that is not true any more',
    'untrue',
    () => `UPDATE command_ledger SET state = 'expired' WHERE ${lineOf(step(0).commandId)}`,
  ],
  [
    'an attempt burnt by an outage',
    'attemptsBurnt',
    () => `UPDATE command_ledger SET attempts = 2, history = '[{"attempt": 1}]' WHERE ${lineOf(reading())}`,
  ],
  [
    'a line that no client was told of',
    'strangers',
    () => `INSERT INTO command_ledger (id, position, lane, state, type, fingerprint, attempts, accepted_at)
      SELECT gen_random_uuid(), nextval('command_ledger_position'), lane, state, type, fingerprint, attempts, accepted_at
      FROM command_ledger LIMIT 1`,
  ],
  [
    'an equation that lacks a command',
    'books',
    () => `UPDATE gateway_account SET accepted = accepted + 1 WHERE accepted > 0`,
  ],
  [
    'an account that counts what is not there',
    'books',
    () => `UPDATE lane_account SET applied = applied + 1 WHERE applied > 0`,
  ],
];

test.each(bugs)('%s is called %s', async (_, name, bug) => {
  const violations = await judgedWith(bug());
  expect(violations.filter((violation) => new RegExp(String.raw`^\d+ ${name}: `).test(violation))).toHaveLength(1);
});

test('a false last status told to a client is called untrue', async () => {
  const [telling, ...others] = history.clients.tellings!.toReversed();
  const lie = telling!.status === 'applied' ? 'rejected' : 'applied';
  const violations = await judgedWith(NOTHING, [{ ...telling!, status: lie }, ...others]);
  expect(violations).toEqual([expect.stringMatching(/^1 untrue: .*told by the last look/)]);
});
