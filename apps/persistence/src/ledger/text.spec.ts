import { createTestDatabase, type TestDatabase } from '#testing';
import fc from 'fast-check';
import { Client } from 'pg';
import { textArray } from './text.js';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client(database.url);
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

const awkward = fc.constantFrom(
  '',
  'null',
  'NULL',
  'Null',
  '"',
  '\\',
  '\\"',
  '{',
  '}',
  ',',
  ' a',
  'a ',
  '\n',
  '\u00a0',
  '\u2003x',
  'ä',
);
const text = fc.oneof(
  awkward,
  fc.string({ unit: 'binary' }).map((any) => any.replaceAll('\0', '')),
);

test('PostgreSQL reads out of the literal what was put in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text)), async (texts) => {
      const stored = [...texts, 'one that is no NULL'];
      const { rows } = await client.query<{ texts: unknown }>('SELECT $1::text[] AS texts', [textArray(stored)]);
      expect(rows[0]!.texts).toEqual(stored);
    }),
    { numRuns: 500 },
  );
});

test('of NULLs alone there is no literal', () => {
  expect(textArray([null, null])).toBeNull();
});
