import {
  defineSettings,
  installationSettings,
  mergeSettings,
  setting,
  type SettingsOf,
  milliseconds,
  port,
  wholeNumber,
} from '#settings';
import { openness } from '#starting';
import { requestServerSettings } from '#wire';
import { z } from 'zod';

import { drainingSettings } from './draining/settings.js';

/** The injection token of persistence's settings. */
export const PERSISTENCE_SETTINGS = Symbol('PersistenceSettings');

const DAY_MS = 86_400_000;

const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/\S+$/)
  .meta({ description: 'a URL as postgres://user:password@host:5432/database' });

const database = defineSettings({
  DATABASE_URL: setting(postgresUrl.optional(), {
    secret: true,
    meaning: 'URL of the PostgreSQL database. Absent: npm start runs an embedded one.',
  }),
  DATABASE_TRANSACTIONS_MAX: setting(wholeNumber(1, 1_000), {
    default: 8,
    meaning: 'Lanes that this process works on in the database at a time; it opens four connections more than this.',
  }),
  QUERY_CONNECTIONS_MAX: setting(wholeNumber(1, 1_000), {
    default: 4,
    meaning: 'Database connections that queries and operators are answered from.',
  }),
  STATEMENT_TIMEOUT_MS: setting(milliseconds(), {
    default: 60_000,
    meaning: 'The longest that one statement of a batch may run, in milliseconds.',
  }),
  QUERY_DATABASE_TIMEOUT_MS: setting(milliseconds(), {
    default: 1_000,
    meaning: 'The longest that the database may take to answer a query before the caller gets 503, in milliseconds.',
  }),
});

const batches = defineSettings({
  BATCH_MAX: setting(wholeNumber(1, 10_000), {
    default: 500,
    meaning: 'The most commands in one batch, which is one transaction.',
  }),
  BATCH_BYTES_MAX: setting(wholeNumber(1_024, 256 * 1024 * 1024), {
    default: 4 * 1024 * 1024,
    meaning: 'The most payload bytes in one batch; a single larger command makes a batch of its own.',
  }),
  BATCH_WAIT_MS: setting(wholeNumber(0, 60_000), {
    default: 5,
    meaning: 'How long a batch that is not full waits for more commands, in milliseconds.',
  }),
  PREFETCH: setting(wholeNumber(1, 100_000), {
    default: 1_000,
    meaning: 'The most commands of one lane held in memory, those of the running batch included; at least BATCH_MAX.',
  }),
  HOLD_MS_MAX: setting(milliseconds(), {
    default: 60_000,
    meaning:
      'How long batches are held while the database is away before the transport gets them back, in milliseconds.',
  }),
  CRASHES_MAX: setting(wholeNumber(1, 1_000), {
    default: 3,
    meaning: 'How often a command may end its process before it becomes a dead letter.',
  }),
});

const retention = defineSettings({
  RETENTION_MS: setting(wholeNumber(1_000, 3_650 * DAY_MS), {
    default: 30 * DAY_MS,
    meaning:
      'How long the outcome of a command is kept, in milliseconds; as long, its id and Idempotency-Key are known again.',
  }),
});

export const persistenceSettings = mergeSettings(
  installationSettings,
  mergeSettings(database, mergeSettings(batches, mergeSettings(retention, drainingSettings))),
);

export type PersistenceSettings = SettingsOf<typeof persistenceSettings>;

const listening = defineSettings({
  PERSISTENCE_HOST: setting(z.string().min(1).max(255), {
    default: '127.0.0.1',
    meaning: 'Address on which persistence answers /health. One that is not loopback needs AUTH=none.',
  }),
  PERSISTENCE_PORT: setting(port(), {
    default: 3002,
    meaning: 'TCP port on which persistence answers /health; 0 takes a free one.',
  }),
  ...openness,
});

/** Those of persistence as a process of its own. */
export const persistenceProcessSettings = mergeSettings(
  persistenceSettings,
  mergeSettings(listening, requestServerSettings),
);

export type PersistenceProcessSettings = SettingsOf<typeof persistenceProcessSettings>;
