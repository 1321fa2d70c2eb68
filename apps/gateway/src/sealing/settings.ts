import { defineSettings, installationSettings, mergeSettings, milliseconds, setting, wholeNumber } from '#settings';
import { requestPeersSettings } from '#wire';

import { gatewaySettings } from '../settings.js';

const { GATEWAYS, PUBLISH_TIMEOUT_MS } = gatewaySettings;

const sealing = defineSettings({
  GATEWAYS,
  PUBLISH_TIMEOUT_MS,
  SPOOLS_TO_SEAL: setting(wholeNumber(1, 10_000).optional(), {
    meaning:
      'How many gateways have a spool of the old transport, each sealed by a run of its own on its DATA_DIR. Absent: GATEWAYS.',
  }),
  SEAL_WAIT_MS: setting(milliseconds(), {
    default: 600_000,
    meaning: 'How long a run waits until persistence has recorded its seals, in milliseconds.',
  }),
});

/** Those of `npm run seal`, beside its transport's. */
export const sealingSettings = mergeSettings(installationSettings, mergeSettings(sealing, requestPeersSettings));
