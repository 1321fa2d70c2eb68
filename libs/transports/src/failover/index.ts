import { mergeSettings, type SettingsDefinition, type SettingsOf } from '#settings';
import type { TransportPlugin } from '../plugin.js';
import { spoolOptionsOf } from '../spool-settings.js';
import { FailoverTransport } from './failover-transport.js';
import { LeftoverTransport } from './leftover-transport.js';
import { failoverSettings } from './settings.js';

/**
 * A broker's plugin with the spool before it: always in use with `SPOOL=failover`, and otherwise as long as an earlier run's
 * commands lie in it. A process that does not publish has none.
 */
export function behindSpool<Definition extends SettingsDefinition>(
  broker: TransportPlugin<Definition>,
): TransportPlugin<Definition & typeof failoverSettings> {
  return {
    name: broker.name,
    settings: mergeSettings(broker.settings, failoverSettings),
    create(settings, installation) {
      const transport = broker.create(settings as SettingsOf<Definition>, installation);
      if (!installation.roles.publishes) return transport;
      const spooling = settings as SettingsOf<typeof failoverSettings>;
      const options = spoolOptionsOf(spooling, installation);
      return spooling.SPOOL === 'failover'
        ? new FailoverTransport(transport, options)
        : new LeftoverTransport(transport, options);
    },
  };
}
