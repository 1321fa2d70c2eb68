import { startStandalone as startWhole, type StandaloneOptions } from '#standalone';
import { createTestDatabase } from '#testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RunningStandalone {
  readonly url: string;
  readonly databaseUrl: string;
  close(): Promise<void>;
}

/** The whole product in this process: a free port, a database and a data folder of its own, `overrides` as its environment. */
export async function startStandalone(
  overrides: Record<string, string> = {},
  createApplication?: StandaloneOptions['createApplication'],
): Promise<RunningStandalone> {
  const database = await createTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'sluice-e2e-'));
  const env = { PORT: '0', DATA_DIR: directory, DATABASE_URL: database.url, ...overrides };
  const standalone = await startWhole({ env, envFile: null, ...(createApplication && { createApplication }) });
  return {
    url: standalone.url,
    databaseUrl: database.url,
    close: async () => {
      await standalone.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
