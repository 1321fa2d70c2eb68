import { catalogue } from '#contracts';
import { gatewayRules, gatewaySettings, transportRules } from '#gateway';
import { persistenceRules, persistenceSettings } from '#persistence';
import { mergeSettings, type LoadOptions } from '#settings';
import { loadApp, type AppPlan, type LoadedApp } from '#starting';

export const standaloneSettings = mergeSettings(gatewaySettings, persistenceSettings);

export const standalonePlan: AppPlan<typeof standaloneSettings> = {
  settings: standaloneSettings,
  rules: [...gatewayRules, ...persistenceRules],
  rulesOn: (transport) => transportRules(transport, catalogue),
  roles: { publishes: true, consumes: true },
};

/** As `loadApp`, for both apps in one process. */
export function loadStandalone(options?: LoadOptions): Promise<LoadedApp<typeof standaloneSettings>> {
  return loadApp(standalonePlan, options);
}
