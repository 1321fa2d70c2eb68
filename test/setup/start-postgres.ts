import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEmbeddedPostgres } from '#embedded';

/** What ends the run's server; nothing when the run uses a server of somebody else. */
export let stopPostgres = async (): Promise<void> => undefined;

/** Before all tests: one PostgreSQL for the whole run, unless `TEST_DATABASE_URL` names one already. */
export async function startPostgres(): Promise<void> {
  if (process.env['TEST_DATABASE_URL']) return;
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  // The server may run under another account than the tests.
  chmodSync(dataDir, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDir, log: (line) => console.error(line) });
  process.env['TEST_DATABASE_URL'] = postgres.url;
  stopPostgres = async () => {
    await postgres.stop();
    rmSync(dataDir, { recursive: true });
  };
}
