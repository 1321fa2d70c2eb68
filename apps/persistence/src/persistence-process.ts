import { RequestRouter } from '#messaging';
import type { LoadOptions } from '#settings';
import {
  instanceName,
  loadApp,
  startApp,
  type AppPlan,
  type LoadedApp,
  type RunningApp,
  type StartOptions,
} from '#starting';
import { RequestServer, wireSecurityOf } from '#wire';
import type { CustomStrategy } from '@nestjs/microservices';

import { openDrained } from './draining/open-drained.js';
import { createHealthAdapter } from './health/health-adapter.js';
import { PersistenceProcessModule } from './persistence-process.module.js';
import { persistenceProcessRules } from './setting-rules.js';
import { persistenceProcessSettings, type PersistenceProcessSettings } from './settings.js';

const plan: AppPlan<typeof persistenceProcessSettings> = {
  settings: persistenceProcessSettings,
  rules: persistenceProcessRules,
  roles: { publishes: false, consumes: true },
};

/** As `loadApp`, for persistence as a process of its own. */
export function loadPersistence(options?: LoadOptions): Promise<LoadedApp<typeof persistenceProcessSettings>> {
  return loadApp(plan, options);
}

/** Starts persistence alone: gateways are other processes, whose queries it answers on REQUESTS_PORT; its health on PERSISTENCE_PORT. */
export function startPersistence(options: StartOptions = {}): Promise<RunningApp> {
  return startApp(plan, options, async (foundation) => {
    const { settings, transport, onRefused } = foundation;
    const drained = await openDrained(foundation, { roles: plan.roles, options });
    const { PERSISTENCE_HOST: host, PERSISTENCE_PORT: port, DATABASE_URL } = settings;
    const router = new RequestRouter();
    return {
      root: PersistenceProcessModule.forRoot({
        settings,
        databaseUrl: DATABASE_URL!,
        transport,
        drained,
        router,
        onRefused,
      }),
      adapter: createHealthAdapter(),
      configure: (app) => {
        app.connectMicroservice<CustomStrategy>({ strategy: requestServerOf(settings) });
      },
      place: { host, port, settings: { host: 'PERSISTENCE_HOST', port: 'PERSISTENCE_PORT' } },
    };
  });
}

function requestServerOf(settings: PersistenceProcessSettings): RequestServer {
  return new RequestServer({
    host: settings.REQUESTS_HOST,
    port: settings.REQUESTS_PORT,
    security: wireSecurityOf(settings),
    instance: instanceName(),
    shutdownMs: settings.SHUTDOWN_MS,
  });
}
