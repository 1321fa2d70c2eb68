import { catalogue } from '#contracts';
import { TRANSPORT } from '#messaging';
import { RequestsModule } from '#wire';
import { Module, type DynamicModule } from '@nestjs/common';

import { HealthController } from './health/health.controller.js';
import { DRAINED, Readiness } from './health/readiness.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { PersistenceModule, type PersistenceParts } from './persistence.module.js';

/** Persistence and what it shows to the network: its health, and answers to gateways' queries. */
@Module({})
export class PersistenceProcessModule {
  static forRoot(parts: PersistenceParts): DynamicModule {
    return {
      module: PersistenceProcessModule,
      imports: [PersistenceModule.forRoot(parts), RequestsModule.forRoot(parts.router, catalogue.requests)],
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: TRANSPORT, useValue: parts.transport },
        { provide: DRAINED, useValue: parts.drained?.transport ?? null },
        Readiness,
      ],
    };
  }
}
