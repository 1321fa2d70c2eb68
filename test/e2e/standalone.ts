import { startStandalone as startWhole, type StandaloneOptions } from '#standalone';
import { Logger } from '@nestjs/common';
import { createTestDatabase, createTestDirectory } from '#testing';

Logger.overrideLogger(['error', 'fatal']);

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
  const directory = await createTestDirectory();
  const env = { PORT: '0', DATA_DIR: directory.path, DATABASE_URL: database.url, ...overrides };
  const standalone = await startWhole({ env, envFile: null, ...(createApplication && { createApplication }) });
  return {
    url: standalone.url,
    databaseUrl: database.url,
    close: async () => {
      await standalone.close();
      await database.drop();
      await directory.remove();
    },
  };
}
