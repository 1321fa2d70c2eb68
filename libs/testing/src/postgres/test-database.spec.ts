import { Client } from 'pg';
import { createTestDatabase } from './test-database.js';

test('each database is new and empty, and dropping it ends who is still connected', async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  expect(first.name).not.toBe(second.name);
  const client = new Client({ connectionString: first.url });
  const ended = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  const { rows } = await client.query(
    `SELECT current_database() AS name, (SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public') AS tables`,
  );
  expect(rows).toEqual([{ name: first.name, tables: 0 }]);
  await first.drop();
  await ended;
  await client.end();
  await second.drop();
});

test('without a server it says how to run the tests', async () => {
  const before = process.env['TEST_DATABASE_URL'];
  delete process.env['TEST_DATABASE_URL'];
  try {
    await expect(createTestDatabase()).rejects.toThrow('Run `npm test`');
  } finally {
    if (before !== undefined) process.env['TEST_DATABASE_URL'] = before;
  }
});
