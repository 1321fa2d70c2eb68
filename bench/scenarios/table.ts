import { until } from '#testing';
import { Client } from 'pg';

const SETTLE_MS_MAX = 180_000;

/** The bench's own tables for a system that makes none. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS inbox (id uuid PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS readings (
    command_id uuid PRIMARY KEY, device_id text NOT NULL, metric text NOT NULL,
    value double precision NOT NULL, observed_at timestamptz NOT NULL);
  CREATE INDEX IF NOT EXISTS readings_of_device ON readings (device_id, observed_at DESC)`;

const COMMITTED_AT = 'extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 * 1000';

/** When the rows of a phase were committed, in milliseconds of the epoch, as the server noted it. */
export interface Commits {
  readonly firstMs: number;
  readonly lastMs: number;
  /** Rows of the first transaction. */
  readonly firstCount: number;
  /** Transactions that wrote rows. */
  readonly transactions: number;
}

/** Looks into the table of a system: how many rows there are, and when each was committed. */
export class ReadingsTable {
  constructor(private readonly url: string) {}

  /** Makes what a peer expects. */
  create(): Promise<unknown> {
    return this.#query(TABLES);
  }

  async clear(): Promise<void> {
    await this.#query('TRUNCATE readings');
  }

  async count(): Promise<number> {
    return (await this.#query<{ count: number }>('SELECT count(*)::int FROM readings'))[0]?.count ?? 0;
  }

  /** Waits for the rows; more or fewer of them than accepted commands is an error. */
  async settle(accepted: number, what: string): Promise<void> {
    await until(async () => (await this.count()) >= accepted, `${accepted} rows of ${what} are there`, SETTLE_MS_MAX);
    const rows = await this.count();
    if (rows !== accepted) throw new Error(`${what}: ${accepted} commands were accepted, and there are ${rows} rows.`);
  }

  async commits(): Promise<Commits> {
    const [row] = await this.#query<Commits>(`
      SELECT "firstMs", "lastMs", count(*) FILTER (WHERE at = "firstMs")::int AS "firstCount",
        count(DISTINCT transaction)::int AS transactions
      FROM (SELECT at, min(at) OVER () AS "firstMs", max(at) OVER () AS "lastMs", transaction
        FROM (SELECT ${COMMITTED_AT} AS at, xmin::text AS transaction FROM readings)) AS all_rows
      GROUP BY 1, 2`);
    if (!row) throw new Error('There are no rows to time.');
    return row;
  }

  /** Of every command, by its number. */
  async commitTimes(): Promise<Map<number, number>> {
    const rows = await this.#query<{ value: number; at: number }>(`SELECT value, ${COMMITTED_AT} AS at FROM readings`);
    return new Map(rows.map(({ value, at }) => [value, at]));
  }

  async #query<Row extends object>(statement: string): Promise<Row[]> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query<Row>(statement)).rows;
    } finally {
      await client.end();
    }
  }
}
