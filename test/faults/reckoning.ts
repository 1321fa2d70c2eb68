import { until } from '#testing';
import { Client } from 'pg';
import { LIFE, type Told } from './clients.js';

interface Line {
  id: string;
  position: string;
  state: string;
  attempts: number;
  error_code: string | null;
  history: unknown[] | null;
}

/** What a client was told of a command later: by waiting, by asking or by listening. */
export interface Telling {
  readonly commandId: string;
  readonly status: string;
  /** Of its error. */
  readonly code?: string;
  /** How it was told, for people. */
  readonly by: string;
}

/** What clients were told: the commands that were answered with 202. */
export interface Accepted {
  readonly told: readonly Told[];
  readonly readings: ReadonlySet<string>;
  readonly tellings?: readonly Telling[];
  /** Nobody else has sent anything: what they were not told of must not be there. */
  readonly complete?: boolean;
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
  /** Commands whose place in the ledger is before the place of an earlier one of their key. */
  readonly overtaking: string[];
  /** What clients were told and the ledger does not say. */
  readonly untrue: string[];
  /** What is there though nobody was told of it; looked for where the clients are complete. */
  readonly strangers: string[];
  /** How many of the accepted commands stand in each state: together they are all. */
  readonly states: Readonly<Record<string, number>>;
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
    'SELECT id, position, state, attempts, error_code, history FROM command_ledger WHERE id = ANY($1::uuid[])',
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
    overtaking: overtakingIn(clients.told, lines),
    untrue: (clients.tellings ?? []).filter((telling) => !isTrue(telling, lines.get(telling.commandId))).map(describe),
    strangers: clients.complete ? await strangersTo(client, clients.told, ids) : [],
    states: Object.fromEntries(Object.entries(Object.groupBy(rows, ({ state }) => state)).map(countOf)),
    attemptsBurnt: rows
      .filter((line) => line.state !== 'dead' && (line.attempts > 1 || line.history))
      .map(({ id, attempts, history }) => `${id} after ${attempts}: ${JSON.stringify(history)}`),
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

const countOf = ([state, lines]: [string, Line[] | undefined]): [string, number] => [state, lines?.length ?? 0];

/** A step is sent only when the one before was accepted, so its line comes later. */
function overtakingIn(told: readonly Told[], lines: ReadonlyMap<string, Line>): string[] {
  const orders = Object.values(Object.groupBy(told, ({ orderId }) => orderId));
  return orders.flatMap((steps = []) => {
    const known = steps.flatMap((step) => ({ ...step, position: BigInt(lines.get(step.commandId)?.position ?? -1) }));
    const inOrder = known.filter(({ position }) => position >= 0n).toSorted((one, other) => one.step - other.step);
    return inOrder
      .filter((step, index) => index > 0 && step.position <= inOrder[index - 1]!.position)
      .map(({ orderId, step }) => `${orderId} ${LIFE[step]?.name}`);
  });
}

/** What ended stays as it was told; everything else may have changed since. */
function isTrue({ status, code }: Telling, line: Line | undefined): boolean {
  if (status !== 'applied' && status !== 'rejected' && status !== 'expired' && status !== 'discarded') return true;
  return line?.state === status && (code === undefined || line.error_code === code);
}

function describe({ commandId, status, code, by }: Telling): string {
  return `${commandId} ${status}${code === undefined ? '' : ` (${code})`}, told by ${by}`;
}

/** Lines and effects that belong to no accepted command. */
async function strangersTo(client: Client, told: readonly Told[], ids: string[]): Promise<string[]> {
  const { rows } = await client.query<{ stranger: string }>(
    `SELECT concat_ws(' ', 'line', id, type, key, state, error_code) AS stranger FROM command_ledger WHERE id <> ALL($1::uuid[])
     UNION ALL SELECT 'reading ' || command_id FROM readings WHERE command_id <> ALL($1::uuid[])
     UNION ALL SELECT 'order ' || id FROM orders WHERE id <> ALL($2::uuid[])`,
    [ids, [...new Set(told.map(({ orderId }) => orderId))]],
  );
  return rows.map(({ stranger }) => stranger);
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
