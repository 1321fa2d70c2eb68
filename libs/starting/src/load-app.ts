import type { Transport } from '#messaging';
import {
  brokenRules,
  faultBeside,
  type installationSettings,
  mergeSettings,
  readSettings,
  SettingsError,
  usable,
  type LoadedSettings,
  type LoadOptions,
  type ReadSettings,
  type SettingFault,
  type SettingRule,
  type SettingsDefinition,
  type SettingsOf,
} from '#settings';
import { loadTransport, transportNames, type Roles, type TransportPlugin } from '#transports';

type OfInstallation = typeof installationSettings;

/** What an app asks of its settings and of the transport that they name. */
export interface AppPlan<Definition extends OfInstallation> {
  /** The app's own; those of the transport come on top. */
  readonly settings: Definition;
  readonly rules: readonly SettingRule<SettingsOf<Definition>>[];
  /** What the transport's guarantees ask of the settings. */
  readonly rulesOn?: (transport: Transport) => readonly SettingRule<SettingsOf<Definition>>[];
  readonly roles: Roles;
}

export interface LoadedApp<Definition extends SettingsDefinition> {
  readonly loaded: LoadedSettings<Definition>;
  /** The one that `TRANSPORT` names, not open. */
  readonly transport: Transport;
}

/**
 * Settings of the app and of the transport that `TRANSPORT` names, none of which hinders a start. Rejects with a
 * `SettingsError` that lists every fault.
 */
export async function loadApp<Definition extends OfInstallation>(
  plan: AppPlan<Definition>,
  options: LoadOptions = {},
): Promise<LoadedApp<Definition>> {
  const { TRANSPORT: name } = readSettings({ TRANSPORT: plan.settings.TRANSPORT }, options).values;
  const plugin = name !== undefined && transportNames.includes(name) ? await loadTransport(name) : undefined;
  const read = readSettings(mergeSettings(plan.settings, plugin?.settings ?? {}) as Definition, options);
  const made = plugin ? make(plugin, plan.roles, read.values) : { faults: unknownTransport(read) };
  const { transport } = made;
  const faults = [
    ...(made.faults ?? []),
    ...brokenRules(plan.rules, read.values),
    ...(transport ? faultsOn(transport, plan, read.values) : []),
  ];
  const loaded = usable(read, told(faults));
  if (!transport) throw new Error('A transport whose settings can all be used was not created.');
  return { loaded, transport };
}

interface Made {
  readonly transport?: Transport;
  readonly faults?: readonly SettingFault[];
}

/** Nothing where a setting of the transport is at fault by itself: what it would guarantee is not known then. */
function make(plugin: TransportPlugin, roles: Roles, values: Partial<SettingsOf<OfInstallation>>): Made {
  const { LANES, DATA_DIR } = values;
  const missing = Object.keys(plugin.settings).some((name) => !(name in values));
  if (missing || LANES === undefined || DATA_DIR === undefined) return {};
  try {
    return { transport: plugin.create(values, { lanes: LANES, dataDir: DATA_DIR, roles }) };
  } catch (error) {
    if (error instanceof SettingsError) return { faults: error.faults };
    throw error;
  }
}

/** Each once: an app and its transport may follow the same rule. */
function told(faults: readonly SettingFault[]): SettingFault[] {
  const keyOf = ({ name, valid }: SettingFault) => `${name}: ${valid}`;
  return [...new Map(faults.map((fault) => [keyOf(fault), fault])).values()];
}

function faultsOn<Definition extends OfInstallation>(
  transport: Transport,
  { roles, rulesOn }: AppPlan<Definition>,
  values: Partial<SettingsOf<Definition>>,
): SettingFault[] {
  const apart = faultOfBeingApart(transport, roles);
  return [...(apart ? [apart] : []), ...brokenRules(rulesOn?.(transport) ?? [], values)];
}

/** A process that only publishes, or only consumes, needs others that do the rest. */
function faultOfBeingApart({ name, guarantees }: Transport, { publishes, consumes }: Roles): SettingFault | undefined {
  const others = publishes ? guarantees.consumers : guarantees.publishers;
  if (publishes === consumes || others === 'many') return undefined;
  const separable = transportNames.filter((other) => other !== name).join(', ');
  return faultBeside(
    'TRANSPORT',
    name,
    `one between processes: ${separable}. With ${name}, gateway and persistence are one process: run npm start`,
  );
}

/** A fault beside the others, where `loadTransport` would tell of this one alone. */
function unknownTransport({ values, sources }: ReadSettings<OfInstallation>): SettingFault[] {
  const { TRANSPORT } = values;
  if (TRANSPORT === undefined) return [];
  const valid = `one of ${transportNames.join(', ')}`;
  return [{ name: 'TRANSPORT', given: JSON.stringify(TRANSPORT), source: sources.TRANSPORT ?? 'nowhere', valid }];
}
