import { Module, type DynamicModule } from '@nestjs/common';
import { TRANSPORT } from '#messaging';

import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { PersistenceModule, type PersistenceParts } from './persistence.module.js';

/** Persistence and its own face to the network: health. */
@Module({})
export class PersistenceProcessModule {
  static forRoot(parts: PersistenceParts): DynamicModule {
    return {
      module: PersistenceProcessModule,
      imports: [PersistenceModule.forRoot(parts)],
      controllers: [HealthController],
      providers: [{ provide: TRANSPORT, useValue: parts.transport }, Readiness],
    };
  }
}
