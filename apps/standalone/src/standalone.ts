import { gatewayFace } from '#gateway';
import { openDrained } from '#persistence';
import { StartFault, startApp, type Foundation, type RunningApp, type StartOptions } from '#starting';
import { join } from 'node:path';
import { startLastingPostgres } from './embedded/index.js';
import { standalonePlan } from './settings.js';
import { StandaloneModule } from './standalone.module.js';

export type StandaloneOptions = StartOptions;

/** The whole product, running in this process. */
export interface Standalone extends RunningApp {
  readonly databaseUrl: string;
}

/** Starts gateway, transport, persistence and, without a `DATABASE_URL`, an embedded PostgreSQL. */
export async function startStandalone(options: StandaloneOptions = {}): Promise<Standalone> {
  let databaseUrl = '';
  const running = await startApp(standalonePlan, options, async (foundation) => {
    const { settings, transport, started, log, onRefused } = foundation;
    const drained = await openDrained(foundation, {
      roles: standalonePlan.roles,
      gateways: settings.GATEWAYS,
      options,
    });
    databaseUrl = settings.DATABASE_URL ?? (await startDatabase(settings.DATA_DIR, { started, log }));
    const root = StandaloneModule.forRoot({ settings, databaseUrl, transport, drained, onRefused });
    return { root, ...gatewayFace(settings) };
  });
  return { ...running, databaseUrl };
}

async function startDatabase(
  dataDir: string,
  { started, log }: Pick<Foundation<unknown>, 'started' | 'log'>,
): Promise<string> {
  const embedded = startLastingPostgres({ dataDir: join(dataDir, 'postgres'), log });
  const database = await embedded.catch((error: unknown) => {
    throw databaseFault(error);
  });
  started.add(() => database.stop());
  log('Database: embedded PostgreSQL, for trying out; set DATABASE_URL for a database of your own.');
  return database.url;
}

function databaseFault(error: unknown): StartFault {
  const text = error instanceof Error ? error.message : String(error);
  const advice = text.includes('DATABASE_URL') ? '' : ' Or set DATABASE_URL to a PostgreSQL of your own.';
  return new StartFault(`The embedded PostgreSQL cannot be started. ${text}${advice}`, { cause: error });
}
