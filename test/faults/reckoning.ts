import { until } from '#testing';
import { Client } from 'pg';
import { LIFE, type Told } from './clients.js';

interface Line {
  id: string;
  state: string;
  attempts: number;
  error_code: string | null;
  history: unknown[] | null;
}

/** What clients were told: the commands that were answered with 202. */
export interface Accepted {
  readonly told: readonly Told[];
  readonly readings: ReadonlySet<string>;
}

/** What the ledger and the tables hold, against what clients were told. Each list names what is wrong; all are empty if all is well. */
export interface Reckoning {
  readonly accepted: number;
  /** Accepted, but without a line, or with a line that has not ended. */
  readonly missing: string[];
  /** Ended otherwise than order per key and one effect allow. */
  readonly wrong: string[];
  /** Effects that are there twice, or not at all. */
  readonly effects: string[];
  /** Commands whose handler failed or ran more than once by the ledger's count. */
  readonly attemptsBurnt: string[];
}

/** Waits until every accepted command has a line that has ended (or is dead), then compares. */
export async function reckon(databaseUrl: string, clients: Accepted, timeoutMs = 60_000): Promise<Reckoning> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const ids = [...clients.told.map(({ commandId }) => commandId), ...clients.readings];
    await until(() => allEnded(client, ids), 'every accepted command has ended', timeoutMs).catch(() => undefined);
    return await compare(client, clients, ids);
  } finally {
    await client.end();
  }
}

async function allEnded(client: Client, ids: string[]): Promise<boolean> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM command_ledger WHERE id = ANY($1::uuid[]) AND state NOT IN ('retrying', 'parked')`,
    [ids],
  );
  return Number(rows[0]?.count) === new Set(ids).size;
}

async function compare(client: Client, clients: Accepted, ids: string[]): Promise<Reckoning> {
  const { rows } = await client.query<Line>(
    'SELECT id, state, attempts, error_code, history FROM command_ledger WHERE id = ANY($1::uuid[])',
    [ids],
  );
  const lines = new Map(rows.map((line) => [line.id, line]));
  return {
    accepted: new Set(ids).size,
    missing: ids.filter((id) => !ended(lines.get(id))),
    wrong: clients.told
      .filter((told) => becameOf(lines.get(told.commandId)) !== expected(told))
      .map((told) => `${told.orderId} ${LIFE[told.step]?.name}: ${becameOf(lines.get(told.commandId))}`),
    effects: [...(await orderEffects(client, clients.told)), ...(await readingEffects(client, clients.readings))],
    attemptsBurnt: rows
      .filter((line) => line.state !== 'dead' && (line.attempts > 1 || line.history))
      .map((line) => line.id),
  };
}

function ended(line: Line | undefined): boolean {
  return line !== undefined && line.state !== 'retrying' && line.state !== 'parked';
}

function becameOf(line: Line | undefined): string {
  if (!line) return 'missing';
  return line.state === 'rejected' ? (line.error_code ?? 'rejected') : line.state;
}

function expected(told: Told): string {
  return LIFE[told.step]?.outcome ?? 'no such step';
}

/** Each order that went through its life is there, cancelled, and was changed exactly twice. */
async function orderEffects(client: Client, told: readonly Told[]): Promise<string[]> {
  const { rows } = await client.query<{ id: string; status: string; version: number }>(
    'SELECT id, status, version FROM orders',
  );
  const orders = new Map(rows.map((row) => [row.id, row]));
  const cancelled = new Set(told.filter(({ step }) => step === 1).map(({ orderId }) => orderId));
  return [...cancelled]
    .map((id) => ({ id, order: orders.get(id) }))
    .filter(({ order }) => order?.status !== 'cancelled' || order.version !== 2)
    .map(({ id, order }) => `order ${id}: ${order ? `${order.status}, version ${order.version}` : 'missing'}`);
}

/** Each accepted reading stands in the table once; what is not accepted may stand there too, since its answer may have been lost. */
async function readingEffects(client: Client, readings: ReadonlySet<string>): Promise<string[]> {
  const { rows } = await client.query<{ id: string; count: string }>(
    'SELECT command_id AS id, count(*) FROM readings GROUP BY command_id',
  );
  const counts = new Map(rows.map((row) => [row.id, Number(row.count)]));
  return [...readings].filter((id) => counts.get(id) !== 1).map((id) => `reading ${id}: ${counts.get(id) ?? 0} times`);
}
