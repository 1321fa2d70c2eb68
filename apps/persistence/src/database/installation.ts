import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';

/** The schema's half of the key of every lane's advisory lock, as SQL. */
export const LANE_LOCK_SCHEMA_KEY = `hashtext('sluice.lane:' || current_schema())`;

/** The database belongs to an installation with other settings; waiting does not help. */
export class InstallationRefused extends Error {
  override readonly name = 'InstallationRefused';
}

/**
 * Brings the tables up to date and records the number of lanes, or refuses another one than is recorded. Several instances may
 * do so at once: they take turns, with `prepare` at the end of each. Returns the schema's half of the lane lock's key.
 */
export async function prepareInstallation(
  dataSource: DataSource,
  lanes: number,
  prepare: (runner: QueryRunner) => Promise<void> = async () => undefined,
): Promise<number> {
  const runner = dataSource.createQueryRunner();
  try {
    // Migrations of large tables, and other instances', take longer than any statement of a batch may.
    await runner.query('SET statement_timeout = 0; SET lock_timeout = 0');
    await runner.query(`SELECT pg_advisory_lock(hashtext('sluice.migrations:' || current_schema()), 0)`);
    const executor = new MigrationExecutor(dataSource, runner);
    // All at once, so that nobody meets a schema that is half there.
    executor.transaction = 'all';
    await executor.executePendingMigrations();
    await recordLanes(runner, lanes);
    await prepare(runner);
    const [row] = (await runner.query(`SELECT ${LANE_LOCK_SCHEMA_KEY} AS key`)) as [{ key: number }];
    return row.key;
  } finally {
    await closeSession(runner);
  }
}

async function recordLanes(runner: QueryRunner, lanes: number): Promise<void> {
  await runner.query(`INSERT INTO installation (lanes) VALUES ($1) ON CONFLICT DO NOTHING`, [lanes]);
  const [row] = (await runner.query(`SELECT lanes FROM installation`)) as [{ lanes: number }];
  if (row.lanes === lanes) return;
  throw new InstallationRefused(
    `LANES is ${lanes}, but this database belongs to an installation with ${row.lanes} lanes, and another number would send ` +
      `the commands of a key down two lanes. Set LANES=${row.lanes} on every process of the installation.`,
  );
}

/** Ends the session, and with it the lock and the settings; the pool opens another. */
async function closeSession(runner: QueryRunner): Promise<void> {
  const session = runner as unknown as { releasePostgresConnection(error: Error): Promise<void> };
  await session.releasePostgresConnection(new Error('The session held settings for migrations only.'));
}
