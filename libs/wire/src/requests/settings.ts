import { defineSettings, mergeSettings, port, setting } from '#settings';
import { z } from 'zod';

import { hostListText } from '../host-list.js';
import { dialingRules, listeningRules, wireSettings } from '../settings.js';

/** Of persistence, which answers requests. */
export const requestServerSettings = mergeSettings(
  defineSettings({
    REQUESTS_HOST: setting(z.string().min(1).max(253), {
      default: '127.0.0.1',
      meaning: 'Address on which persistence answers the queries of gateways; 0.0.0.0 for every one of this machine.',
    }),
    REQUESTS_PORT: setting(port(), { default: 3201, meaning: 'Port on which persistence answers queries.' }),
  }),
  wireSettings,
);

/** Of a gateway, which asks. */
export const requestPeersSettings = mergeSettings(
  defineSettings({
    PERSISTENCE_PEERS: setting(hostListText, {
      default: '127.0.0.1:3201',
      meaning:
        'Where persistence answers queries: hosts and ports with commas between; a name stands for all its addresses.',
    }),
  }),
  wireSettings,
);

export const requestServerRules = listeningRules('REQUESTS_HOST');
export const requestPeersRules = dialingRules('PERSISTENCE_PEERS');
