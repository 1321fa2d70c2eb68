import { RequestRouter } from '#messaging';
import {
  brokenRules,
  installationSettings,
  loadSettings,
  mergeSettings,
  readSettings,
  SettingsError,
  usable,
} from '#settings';
import { loadTransport } from '#transports';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { mkdir } from 'node:fs/promises';

import { PersistenceModule } from './persistence.module.js';
import { persistenceRules } from './setting-rules.js';
import { persistenceSettings, type PersistenceSettings } from './settings.js';

const logger = new Logger('Sluice');

/** Persistence alone, for installations whose gateways are processes of their own. */
async function start(): Promise<void> {
  const plugin = await loadTransport(loadSettings({ TRANSPORT: installationSettings.TRANSPORT }).values.TRANSPORT);
  const read = readSettings(mergeSettings(persistenceSettings, plugin.settings));
  const loaded = usable(read, brokenRules(persistenceRules, read.values));
  for (const warning of loaded.warnings) logger.warn(warning);
  const settings: PersistenceSettings = loaded.values;
  const databaseUrl = settings.DATABASE_URL ?? refuseWithoutDatabase();
  await mkdir(settings.DATA_DIR, { recursive: true, mode: 0o700 });
  const transport = plugin.create(loaded.values, {
    lanes: settings.LANES,
    dataDir: settings.DATA_DIR,
    roles: { publishes: false, consumes: true },
  });
  await transport.open();
  if (transport.guarantees.publishers === 'one') {
    logger.warn(
      `With ${transport.name} no gateway reaches this process: it applies what is stored. npm start runs both.`,
    );
  }
  const router = new RequestRouter();
  const onRefused = () => {
    process.exitCode = 1;
    process.kill(process.pid, 'SIGTERM');
  };
  const root = PersistenceModule.forRoot({ settings, databaseUrl, transport, router, onRefused });
  try {
    const app = await NestFactory.createApplicationContext(root, { abortOnError: false });
    stopOnSignals(async () => {
      await app.close();
      await transport.close(settings.SHUTDOWN_MS);
    });
  } catch (error) {
    await transport.close(settings.SHUTDOWN_MS);
    throw error;
  }
}

function refuseWithoutDatabase(): never {
  throw new SettingsError([
    {
      name: 'DATABASE_URL',
      given: undefined,
      source: 'nowhere',
      valid:
        'a URL as postgres://user:password@host:5432/database. Persistence alone needs a PostgreSQL that is there; npm start ' +
        'runs an embedded one',
    },
  ]);
}

/** The first signal stops in order; a second one, from somebody who has waited enough, ends the process at once. */
function stopOnSignals(close: () => Promise<void>): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(130);
    stopping = true;
    logger.log(`Stopping (${signal}): settling what is in hand.`);
    await close();
    logger.log('Stopped.');
    process.exit();
  };
  process.on('SIGINT', (signal) => void stop(signal));
  process.on('SIGTERM', (signal) => void stop(signal));
}

try {
  await start();
} catch (error) {
  // A fault of the configuration is the reader's to mend: its message says how, and a stack would hide it.
  if (error instanceof SettingsError) console.error(error.message);
  else logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(1);
}
