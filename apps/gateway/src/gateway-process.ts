import { catalogue } from '#contracts';
import { mergeSettings, type LoadOptions } from '#settings';
import {
  instanceName,
  loadApp,
  startApp,
  type AppPlan,
  type LoadedApp,
  type RunningApp,
  type StartOptions,
} from '#starting';
import { RemoteRequests, parseHostList, requestPeersRules, requestPeersSettings, wireSecurityOf } from '#wire';
import { GatewayModule } from './gateway.module.js';
import { gatewayFace } from './http/gateway-face.js';
import { transportRules } from './http/start-rules.js';
import { gatewayRules } from './setting-rules.js';
import { gatewaySettings } from './settings.js';

export const gatewayProcessSettings = mergeSettings(gatewaySettings, requestPeersSettings);

const plan: AppPlan<typeof gatewayProcessSettings> = {
  settings: gatewayProcessSettings,
  rules: [...gatewayRules, ...requestPeersRules],
  rulesOn: (transport) => transportRules(transport, catalogue),
  roles: { publishes: true, consumes: false },
};

/** As `loadApp`, for a gateway that is a process of its own. */
export function loadGateway(options?: LoadOptions): Promise<LoadedApp<typeof gatewayProcessSettings>> {
  return loadApp(plan, options);
}

/** Starts a gateway alone: persistence is other processes, reached by the transport and, for queries, by its peers. */
export function startGateway(options: StartOptions = {}): Promise<RunningApp> {
  return startApp(plan, options, async ({ settings, transport, started }) => {
    const requests = new RemoteRequests({
      hosts: parseHostList(settings.PERSISTENCE_PEERS),
      security: wireSecurityOf(settings),
      instance: instanceName(),
    });
    started.add(() => requests.close());
    requests.open();
    const root = GatewayModule.forRoot({ settings, transport, requests });
    return { root, ...gatewayFace(settings) };
  });
}
