import { RequestRouter } from '#messaging';
import type { LoadOptions } from '#settings';
import { loadApp, startApp, type AppPlan, type LoadedApp, type RunningApp, type StartOptions } from '#starting';

import { openDrained } from './draining/open-drained.js';
import { createHealthAdapter } from './health/health-adapter.js';
import { PersistenceProcessModule } from './persistence-process.module.js';
import { persistenceProcessRules } from './setting-rules.js';
import { persistenceProcessSettings } from './settings.js';

const plan: AppPlan<typeof persistenceProcessSettings> = {
  settings: persistenceProcessSettings,
  rules: persistenceProcessRules,
  roles: { publishes: false, consumes: true },
};

/** As `loadApp`, for persistence as a process of its own. */
export function loadPersistence(options?: LoadOptions): Promise<LoadedApp<typeof persistenceProcessSettings>> {
  return loadApp(plan, options);
}

/** Starts persistence alone: gateways are other processes. It answers `/health` on PERSISTENCE_PORT. */
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
      place: { host, port, settings: { host: 'PERSISTENCE_HOST', port: 'PERSISTENCE_PORT' } },
    };
  });
}
