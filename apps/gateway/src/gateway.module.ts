import { Module, type DynamicModule } from '@nestjs/common';
import { catalogue } from '#contracts';
import { REQUESTS, TRANSPORT, type Requests, type Transport } from '#messaging';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { ProblemPagesController } from './http/problem-pages.controller.js';
import { assertMayStart } from './http/start-rules.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from './settings.js';
import { SUBMISSION_CONTROLLERS, SUBMISSION_PROVIDERS } from './submission/parts.js';

export interface GatewayParts {
  readonly settings: GatewaySettings;
  /** The gateway publishes on it and listens to it; whoever made it opens and closes it. */
  readonly transport: Transport;
  readonly requests: Requests;
}

/** REST in, commands out. */
@Module({})
export class GatewayModule {
  /** Throws a `SettingsError` with every reason why the gateway must not start with these parts. */
  static forRoot({ settings, transport, requests }: GatewayParts): DynamicModule {
    assertMayStart({ settings, transport, catalogue });
    return {
      module: GatewayModule,
      controllers: [...SUBMISSION_CONTROLLERS, DeadLettersController, HealthController, ProblemPagesController],
      providers: [
        { provide: GATEWAY_SETTINGS, useValue: settings },
        { provide: TRANSPORT, useValue: transport },
        { provide: REQUESTS, useValue: requests },
        ...SUBMISSION_PROVIDERS,
        Readiness,
      ],
    };
  }
}
