import { Module, type DynamicModule } from '@nestjs/common';
import { catalogue } from '#contracts';
import { REQUESTS, TRANSPORT, type Requests, type Transport } from '#messaging';
import { Exposition } from '#starting';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { HealthController } from './health/health.controller.js';
import { Readiness } from './health/readiness.js';
import { ProblemPagesController } from './http/problem-pages.controller.js';
import { assertMayStart } from './http/start-rules.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { GatewayMetrics } from './metrics/gateway-metrics.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from './settings.js';
import { SUBMISSION_CONTROLLERS, SUBMISSION_PROVIDERS } from './submission/parts.js';

export interface GatewayParts {
  readonly settings: GatewaySettings;
  /** The gateway publishes on it and listens to it; whoever made it opens and closes it. */
  readonly transport: Transport;
  readonly requests: Requests;
  /** Where the metrics are shown; of its own unless given. */
  readonly exposition?: Exposition;
}

/** REST in, commands out. */
@Module({})
export class GatewayModule {
  /** Throws a `SettingsError` with every reason why the gateway must not start with these parts. */
  static forRoot({ settings, transport, requests, exposition }: GatewayParts): DynamicModule {
    assertMayStart({ settings, transport, catalogue });
    return {
      module: GatewayModule,
      controllers: [
        ...SUBMISSION_CONTROLLERS,
        DeadLettersController,
        HealthController,
        MetricsController,
        ProblemPagesController,
      ],
      providers: [
        { provide: GATEWAY_SETTINGS, useValue: settings },
        { provide: TRANSPORT, useValue: transport },
        { provide: REQUESTS, useValue: requests },
        { provide: Exposition, useValue: exposition ?? new Exposition() },
        ...SUBMISSION_PROVIDERS,
        Readiness,
        GatewayMetrics,
      ],
    };
  }
}
