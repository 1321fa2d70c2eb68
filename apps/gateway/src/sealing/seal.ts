import { loadApp, openPatiently, type AppPlan } from '#starting';
import type { LoadOptions } from '#settings';
import { parseHostList, RemoteRequests, requestPeersRules, wireSecurityOf } from '#wire';

import { sealLanes } from './seal-lanes.js';
import { sealerOf } from './sealer.js';
import { sealingSettings } from './settings.js';

const plan: AppPlan<typeof sealingSettings> = {
  settings: sealingSettings,
  rules: requestPeersRules,
  roles: { publishes: true, consumes: false },
};

export interface SealOptions extends LoadOptions {
  readonly log: (line: string) => void;
  /** Ends the run, which may be repeated. */
  readonly signal: AbortSignal;
}

/**
 * One run of `npm run seal`: seals what `TRANSPORT` names from this gateway's side. Rejects with a `SettingsError`, a
 * `StartFault` or a `TransportError`, each of which says what to do.
 */
export async function seal({ log, signal, ...options }: SealOptions): Promise<void> {
  const { loaded, transport } = await loadApp(plan, options);
  const settings = loaded.values;
  const { TRANSPORT, LANES, DATA_DIR, GATEWAYS, SPOOLS_TO_SEAL, PUBLISH_TIMEOUT_MS, SEAL_WAIT_MS } = settings;
  for (const warning of loaded.warnings) log(warning);
  const by = await sealerOf(transport.guarantees, DATA_DIR, SPOOLS_TO_SEAL ?? GATEWAYS);
  const requests = new RemoteRequests({
    hosts: parseHostList(settings.PERSISTENCE_PEERS),
    security: wireSecurityOf(settings),
    instance: `seal-${process.pid}`,
  });
  let isClosing = false;
  const close = async (): Promise<void> => {
    isClosing = true;
    await requests.close();
    await transport.close(settings.SHUTDOWN_MS);
  };
  try {
    requests.open();
    await openPatiently(transport, { log, onRefused: () => undefined }, () => isClosing);
    await sealLanes({
      from: TRANSPORT,
      transport,
      requests,
      lanes: LANES,
      by,
      publishTimeoutMs: PUBLISH_TIMEOUT_MS,
      waitMs: SEAL_WAIT_MS,
      log,
      signal,
    });
  } catch (error) {
    // Why the run failed says how to go on; that commands then stay in the spool follows from it.
    await close().catch(() => undefined);
    throw error;
  }
  await close();
}
