import { CURRENT_MOVE, migrations, SPARE_CONNECTIONS, type MoveRow } from '#persistence';
import { Client } from 'pg';

import { connectionFinding } from './database-connection.js';
import { fault, ok, warning, type Finding } from './finding.js';
import type { DoctorSettings } from './settings-checks.js';

/** The oldest PostgreSQL that is tested, as `server_version_num`. */
const VERSION_LEAST = 150_000;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 5_000;
const SKEW_MS_WARNED = 1_000;
/** Half of what the purge of old lines allows for between the clocks of an installation. */
const SKEW_MS_MAX = 30_000;

type Check = (client: Client, settings: DoctorSettings, nowMs: () => number) => Promise<Finding>;

/** What persistence needs of its database. */
export async function checkDatabase(settings: DoctorSettings, nowMs: () => number = Date.now): Promise<Finding[]> {
  const { DATABASE_URL: url } = settings;
  if (url === undefined) {
    return settings.TRANSPORT === 'in-process'
      ? [ok('database', 'DATABASE_URL is not set: npm start brings an embedded PostgreSQL, for trying out.')]
      : [
          warning(
            'database',
            'DATABASE_URL is not set, so nothing was checked.',
            'Persistence needs it; gateways do not.',
          ),
        ];
  }
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'sluice-doctor',
  });
  // A connection that ends between two checks fails the next one.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    return [connectionFinding(error)];
  }
  try {
    const findings = [];
    for (const check of CHECKS) findings.push(await check(client, settings, nowMs));
    return findings;
  } finally {
    await client.end();
  }
}

const version: Check = async (client) => {
  const { server_version: text, server_version_num: number } = await read<Record<string, string>>(
    client,
    `SELECT current_setting('server_version') AS server_version, current_setting('server_version_num') AS server_version_num`,
  );
  return judgeVersion(Number(number), text ?? '');
};

export function judgeVersion(number: number, text: string): Finding {
  return number >= VERSION_LEAST
    ? ok('database version', `PostgreSQL ${text} answers.`)
    : fault('database version', `PostgreSQL ${text} answers.`, `Use PostgreSQL ${VERSION_LEAST / 10_000} or later.`);
}

const writable: Check = async (client) => {
  const { standby, read_only: readOnly } = await read<{ standby: boolean; read_only: string }>(
    client,
    `SELECT pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only') AS read_only`,
  );
  if (!standby && readOnly === 'off') return ok('database writes', 'It takes writes.');
  return standby
    ? fault('database writes', 'It is a standby, which takes no writes.', 'Point DATABASE_URL at the primary.')
    : fault('database writes', 'default_transaction_read_only is on.', 'Switch it off for this role and database.');
};

/** A commit that the server can lose after it has told of it is a command that nobody has any more: the queue went on. */
const durable: Check = async (client) => {
  const settings = await read<Record<string, string>>(
    client,
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('full_page_writes') AS full_page_writes`,
  );
  return judgeDurability(settings);
};

export function judgeDurability(settings: Readonly<Record<string, string>>): Finding {
  const off = Object.keys(settings).filter((name) => settings[name] === 'off');
  if (off.length === 0) return ok('database durability', 'A commit outlasts a crash of the server.');
  const text = `${off.join(', ')} is off: the server may forget a commit that it has confirmed.`;
  return fault('database durability', text, `Set ${off.map((name) => `${name}=on`).join(', ')}.`);
}

const rights: Check = async (client) => {
  const row = await read<{ who: string; schema: string | null; may: boolean | null }>(
    client,
    `SELECT current_user AS who, current_schema() AS schema, has_schema_privilege(current_schema(), 'CREATE') AS may`,
  );
  const { who, schema, may } = row;
  if (schema === null) {
    return fault('database rights', `No schema of ${who}'s search_path exists.`, 'Create one, or set search_path.');
  }
  if (!may) {
    const remedy = `GRANT CREATE, USAGE ON SCHEMA ${schema} TO ${who}, which the migrations need.`;
    return fault('database rights', `${who} may create nothing in the schema ${schema}.`, remedy);
  }
  await client.query(`SELECT pg_try_advisory_lock_shared(hashtext('sluice.doctor'), 0), pg_advisory_unlock_all()`);
  return ok('database rights', `${who} may create tables in ${schema} and take advisory locks.`);
};

const migrated: Check = async (client) => {
  const { there } = await read<{ there: boolean }>(client, `SELECT to_regclass('migrations') IS NOT NULL AS there`);
  if (!there) return ok('database tables', 'There are none yet; the first start of persistence makes them.');
  const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
  const done = new Set(rows.map(({ name }) => name));
  const known = migrations.map(({ name }) => name);
  const pending = known.filter((name) => !done.has(name));
  const newer = [...done].filter((name) => !known.includes(name));
  if (newer.length > 0) {
    const text = `It has migrations that this version does not know: ${newer.join(', ')}.`;
    return warning('database tables', text, 'Run the version that made them, or a later one.');
  }
  if (pending.length === 0) return ok('database tables', `All ${known.length} migrations are done.`);
  const text = `${pending.length} migrations are pending: ${pending.join(', ')}.`;
  return warning('database tables', text, 'Back the database up; the next start of persistence runs them.');
};

const lanes: Check = async (client, { LANES }) => {
  const { there } = await read<{ there: boolean }>(client, `SELECT to_regclass('installation') IS NOT NULL AS there`);
  const recorded = there
    ? (await client.query<{ lanes: number }>('SELECT lanes FROM installation')).rows[0]?.lanes
    : undefined;
  if (recorded === undefined) return ok('lanes', `None are recorded yet; the first start records ${LANES}.`);
  if (recorded === LANES) return ok('lanes', `The database records ${recorded}, as LANES says.`);
  return fault(
    'lanes',
    `LANES is ${LANES}, but the database records ${recorded}.`,
    `Set LANES=${recorded} everywhere.`,
  );
};

interface Connections {
  readonly most: number;
  readonly used: number;
  readonly limits: readonly number[];
}

const connections: Check = async (client, { DATABASE_TRANSACTIONS_MAX = 0, QUERY_CONNECTIONS_MAX = 0 }) => {
  const row = await read<Connections>(
    client,
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
       (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
       ARRAY[(SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
             (SELECT datconnlimit FROM pg_database WHERE datname = current_database())] AS limits`,
  );
  const limit = Math.min(row.most, ...row.limits.filter((each) => each >= 0));
  const needed = DATABASE_TRANSACTIONS_MAX + SPARE_CONNECTIONS + QUERY_CONNECTIONS_MAX;
  const text = `One persistence opens up to ${needed} connections; the server allows ${limit}, of which ${row.used} are used in all.`;
  const remedy = 'Raise max_connections or the limit of the role or database, or lower DATABASE_TRANSACTIONS_MAX.';
  if (needed > limit) return fault('connections', text, remedy);
  return needed > limit - row.used ? warning('connections', text, remedy) : ok('connections', text);
};

const clock: Check = async (client, _, nowMs) => {
  const before = nowMs();
  const { ms } = await read<{ ms: number }>(
    client,
    `SELECT extract(epoch FROM clock_timestamp())::double precision * 1000 AS ms`,
  );
  const after = nowMs();
  // The server read its clock at some time between the two.
  const skewMs = Math.round(ms < before ? before - ms : Math.max(0, ms - after));
  const text = `The clocks of the database and of this machine differ by ${skewMs} ms.`;
  const remedy = 'Let both machines follow the same time service (NTP).';
  if (skewMs > SKEW_MS_MAX) return fault('clock', text, remedy);
  return skewMs > SKEW_MS_WARNED ? warning('clock', text, remedy) : ok('clock', text);
};

const move: Check = async (client, { TRANSPORT, DRAIN_FROM, LANES = 0 }) => {
  const { there } = await read<{ there: boolean }>(client, `SELECT to_regclass('transport_move') IS NOT NULL AS there`);
  const { rows } = there ? await client.query<MoveRow>(CURRENT_MOVE) : { rows: [] };
  const [current] = rows;
  if (!current) return ok('move', 'No move to another transport is under way.');
  const { source, target, lanes_sealed: sealed } = current;
  if (sealed >= LANES) return ok('move', `The move from ${source} to ${target} is finished.`);
  const text = `A move from ${source} to ${target} is under way: ${sealed} of ${LANES} lanes are sealed.`;
  if (TRANSPORT === source || (TRANSPORT === target && DRAIN_FROM === source)) return ok('move', text);
  const remedy = `Persistence needs DRAIN_FROM=${source} TRANSPORT=${target} until it says that every lane is sealed.`;
  return warning('move', text, remedy);
};

const CHECKS: readonly Check[] = [version, writable, durable, rights, migrated, lanes, connections, clock, move];

async function read<Row extends object>(client: Client, text: string): Promise<Row> {
  const { rows } = await client.query<Row>(text);
  const [row] = rows;
  if (!row) throw new Error(`No row came from: ${text}`);
  return row;
}
