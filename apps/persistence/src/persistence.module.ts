import { RequestRouter, TRANSPORT, type Transport } from '#messaging';
import { Exposition } from '#starting';
import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';

import { Database } from './database/database.js';
import { Operator, WAKE_RETRIES } from './dead-letters/operator.js';
import { CurrentMove, QUEUE, queueProvider, type Drained, type Queue } from './draining/queue.js';
import { entities } from './entities.js';
import { EngineMeter } from './metrics/engine-meter.js';
import { PersistenceMetrics } from './metrics/persistence-metrics.js';
import { HANDLERS, RESPONDERS } from './parts.js';
import { ON_REFUSED, Persistence } from './persistence.js';
import { Reconciliation } from './reconciliation/reconciliation.js';
import { RequestDatabase } from './requests/request-database.js';
import { Retention } from './retention/retention.js';
import { assertMayStart } from './setting-rules.js';
import { PERSISTENCE_SETTINGS, type PersistenceSettings } from './settings.js';

export interface PersistenceParts {
  readonly settings: PersistenceSettings;
  readonly databaseUrl: string;
  /** Consumed and told of outcomes here; whoever made it opens it before the application starts, and closes it after. */
  readonly transport: Transport;
  /** What commands are moved from; applied up to its seals before the transport is. */
  readonly drained?: Drained | undefined;
  /** Where the responders register, at the start. */
  readonly router: RequestRouter;
  /** Hears why commands can never be taken with these settings, as when the database records other LANES. */
  readonly onRefused?: (reason: unknown) => void;
  /** Where the metrics are shown; of its own unless given. */
  readonly exposition?: Exposition;
}

/** Batches in, PostgreSQL out. */
@Module({})
export class PersistenceModule {
  /** Throws a `SettingsError` when settings do not go together. */
  static forRoot(parts: PersistenceParts): DynamicModule {
    assertMayStart(parts.settings);
    return {
      module: PersistenceModule,
      imports: [DiscoveryModule],
      providers: [
        ...given(parts),
        ...databases(parts),
        ...HANDLERS,
        ...RESPONDERS,
        Operator,
        Persistence,
        PersistenceMetrics,
      ],
      exports: [Database, Exposition, Persistence, Reconciliation, RequestDatabase],
    };
  }
}

function given({ settings, transport, router, onRefused, exposition }: PersistenceParts): Provider[] {
  return [
    { provide: Exposition, useValue: exposition ?? new Exposition() },
    { provide: EngineMeter, useValue: new EngineMeter(settings.LANES) },
    { provide: PERSISTENCE_SETTINGS, useValue: settings },
    { provide: TRANSPORT, useValue: transport },
    { provide: RequestRouter, useValue: router },
    { provide: ON_REFUSED, useValue: onRefused ?? (() => undefined) },
    {
      provide: WAKE_RETRIES,
      inject: [Persistence],
      useFactory: (persistence: Persistence) => () => persistence.wakeRetries(),
    },
  ];
}

function databases({ settings, databaseUrl, transport, drained }: PersistenceParts): Provider[] {
  const move = new CurrentMove();
  const use = { transport: settings.TRANSPORT, drainFrom: settings.DRAIN_FROM };
  return [
    queueProvider(transport, drained, move),
    {
      provide: Database,
      useFactory: () =>
        new Database({
          url: databaseUrl,
          lanes: settings.LANES,
          entities,
          transactionsMax: settings.DATABASE_TRANSACTIONS_MAX,
          statementTimeoutMs: settings.STATEMENT_TIMEOUT_MS,
          prepare: move.enter(use, settings.LANES),
        }),
    },
    {
      provide: RequestDatabase,
      useFactory: () =>
        new RequestDatabase({
          url: databaseUrl,
          entities,
          connectionsMax: settings.QUERY_CONNECTIONS_MAX,
          timeoutMs: settings.QUERY_DATABASE_TIMEOUT_MS,
        }),
    },
    {
      provide: Reconciliation,
      inject: [RequestDatabase, QUEUE],
      useFactory: (requests: RequestDatabase, queue: Queue) =>
        new Reconciliation(requests, queue, { lanes: settings.LANES }),
    },
    {
      provide: Retention,
      inject: [Database, QUEUE],
      useFactory: (database: Database, queue: Queue) =>
        new Retention(database, queue, { retentionMs: settings.RETENTION_MS }),
    },
  ];
}
