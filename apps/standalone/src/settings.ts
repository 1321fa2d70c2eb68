import { catalogue } from '#contracts';
import { gatewayRules, gatewaySettings, transportFaults } from '#gateway';
import type { Transport } from '#messaging';
import { persistenceRules, persistenceSettings } from '#persistence';
import {
  brokenRules,
  installationSettings,
  mergeSettings,
  readSettings,
  SettingsError,
  usable,
  type LoadedSettings,
  type LoadOptions,
  type ReadSettings,
  type SettingFault,
} from '#settings';
import { loadTransport, transportNames } from '#transports';

export const standaloneSettings = mergeSettings(gatewaySettings, persistenceSettings);

type StandaloneDefinition = typeof standaloneSettings;

export interface LoadedStandalone {
  readonly loaded: LoadedSettings<StandaloneDefinition>;
  /** The one that `TRANSPORT` names, not open. */
  readonly transport: Transport;
}

/**
 * Settings of both apps and of the transport that `TRANSPORT` names, none of which hinders a start. Throws a
 * `SettingsError` that lists every fault.
 */
export async function loadStandalone(options: LoadOptions = {}): Promise<LoadedStandalone> {
  const { TRANSPORT: name } = readSettings({ TRANSPORT: installationSettings.TRANSPORT }, options).values;
  const own = name !== undefined && isKnown(name) ? (await loadTransport(name)).settings : {};
  const read = readSettings(mergeSettings(standaloneSettings, own) as StandaloneDefinition, options);
  const loaded = usable(read, [
    ...unknownTransport(read),
    ...brokenRules(gatewayRules, read.values),
    ...brokenRules(persistenceRules, read.values),
  ]);
  const { TRANSPORT, LANES, DATA_DIR } = loaded.values;
  const plugin = await loadTransport(TRANSPORT);
  const transport = plugin.create(loaded.values, {
    lanes: LANES,
    dataDir: DATA_DIR,
    roles: { publishes: true, consumes: true },
  });
  const faults = transportFaults({ settings: loaded.values, transport, catalogue });
  if (faults.length > 0) throw new SettingsError(faults);
  return { loaded, transport };
}

function isKnown(transport: string): boolean {
  return transportNames.includes(transport);
}

/** A fault beside the others, where `loadTransport` would tell of this one alone. */
function unknownTransport({ values, sources }: ReadSettings<StandaloneDefinition>): SettingFault[] {
  const { TRANSPORT } = values;
  if (TRANSPORT === undefined || isKnown(TRANSPORT)) return [];
  const valid = `one of ${transportNames.join(', ')}`;
  return [{ name: 'TRANSPORT', given: JSON.stringify(TRANSPORT), source: sources.TRANSPORT ?? 'nowhere', valid }];
}
