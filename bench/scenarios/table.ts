import { setTimeout as pass } from 'node:timers/promises';
import { Client } from 'pg';
import type { Transaction } from '../measuring/transactions.js';

const SECOND_MS = 1_000;
/** Slower than that a system does not write any more, with time for what has to start or to be noticed before. */
const ROWS_PER_SECOND_MIN = 200;
const PATIENCE_MS = 180_000;
/** Counting takes no more of the database than this part of its time. */
const COUNTING_SHARE = 0.05;
const COUNT_EACH_MS_MIN = 20;

/** The bench's own tables for a system that makes none. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS inbox (id uuid PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS readings (
    command_id uuid PRIMARY KEY, device_id text NOT NULL, metric text NOT NULL,
    value double precision NOT NULL, observed_at timestamptz NOT NULL);
  CREATE INDEX IF NOT EXISTS readings_of_device ON readings (device_id, observed_at DESC)`;

const epochMsOf = (transaction: string) =>
  `extract(epoch FROM pg_xact_commit_timestamp(${transaction}))::float8 * 1000`;

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
    const began = performance.now();
    const patienceMs = PATIENCE_MS + (accepted * SECOND_MS) / ROWS_PER_SECOND_MIN;
    for (;;) {
      const countedFrom = performance.now();
      const rows = await this.count();
      const tookMs = performance.now() - countedFrom;
      if (rows === accepted) return;
      if (rows > accepted || performance.now() - began > patienceMs)
        throw new Error(`${what}: ${accepted} commands were accepted, and there are ${rows} rows.`);
      await pass(Math.max(COUNT_EACH_MS_MIN, tookMs / COUNTING_SHARE));
    }
  }

  /** Those that wrote the rows, the earliest first. */
  transactions(): Promise<Transaction[]> {
    return this.#query<Transaction>(`
      SELECT ${epochMsOf('id::xid')} AS "atMs", rows
      FROM (SELECT xmin::text AS id, count(*)::int AS rows FROM readings GROUP BY 1) AS by_transaction
      ORDER BY 1`);
  }

  /** Of every command, by its number. */
  async commitTimes(): Promise<Map<number, number>> {
    const rows = await this.#query<{ value: number; at: number }>(
      `SELECT value, ${epochMsOf('xmin')} AS at FROM readings`,
    );
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
