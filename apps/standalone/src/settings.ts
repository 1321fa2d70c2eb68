import { gatewaySettings } from '#gateway';
import { persistenceSettings } from '#persistence';
import { installationSettings, loadSettings, mergeSettings, type LoadedSettings, type LoadOptions } from '#settings';
import { loadTransport, type TransportPlugin } from '#transports';

export const standaloneSettings = mergeSettings(gatewaySettings, persistenceSettings);

type StandaloneDefinition = typeof standaloneSettings;

export interface LoadedStandalone {
  readonly loaded: LoadedSettings<StandaloneDefinition>;
  readonly plugin: TransportPlugin;
}

/** Settings of both apps and of the transport that `TRANSPORT` names. Throws a `SettingsError` that lists every fault. */
export async function loadStandalone(options: LoadOptions = {}): Promise<LoadedStandalone> {
  const { TRANSPORT } = loadSettings({ TRANSPORT: installationSettings.TRANSPORT }, options).values;
  const plugin = await loadTransport(TRANSPORT);
  const definition = mergeSettings(standaloneSettings, plugin.settings) as StandaloneDefinition;
  return { loaded: loadSettings(definition, options), plugin };
}
