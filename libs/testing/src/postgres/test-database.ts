import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Drops the database, whoever is still connected to it. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** A database on the same server that nobody is connected to; the new one is its copy. */
  readonly template?: string;
}

/** A new database on the tests' PostgreSQL, `TEST_DATABASE_URL`, whose user must be allowed to create databases; empty without a template. */
export async function createTestDatabase({ template }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const serverUrl = process.env['TEST_DATABASE_URL'];
  if (!serverUrl) {
    throw new Error(
      'TEST_DATABASE_URL is not set, so there is no PostgreSQL to test on. Run `npm test`, which starts one, or set it to ' +
        'a server whose user may create databases, as postgres://postgres@127.0.0.1:5432/postgres.',
    );
  }
  const name = `sluice_test_${randomBytes(6).toString('hex')}`;
  const copied = template === undefined ? '' : ` TEMPLATE ${escapeIdentifier(template)}`;
  await administer(serverUrl, `CREATE DATABASE ${escapeIdentifier(name)}${copied}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    drop: () => administer(serverUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`),
  };
}

async function administer(serverUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
