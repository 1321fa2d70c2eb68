import { catalogue } from '#contracts';
import { gatewayRules, gatewaySettings, transportRules } from '#gateway';
import type { Transport } from '#messaging';
import { persistencePlaceRules, persistenceProcessSettings, persistenceRules } from '#persistence';
import {
  brokenRules,
  mergeSettings,
  readSettings,
  SettingsError,
  type LoadOptions,
  type SettingFault,
  type SettingRule,
  type SettingsOf,
} from '#settings';
import { loadTransport, transportNames, type TransportPlugin } from '#transports';
import { requestPeersRules, requestPeersSettings, requestServerSettings } from '#wire';

import { fault, ok, warning, type Finding } from './finding.js';

const CHECK = 'settings';

/** Those of every process of an installation, since one `.env` may serve them all. */
const everySetting = mergeSettings(
  mergeSettings(gatewaySettings, persistenceProcessSettings),
  mergeSettings(requestPeersSettings, requestServerSettings),
);

type Rules = readonly SettingRule<SettingsOf<typeof everySetting>>[];

const RULES: Rules = [...gatewayRules, ...persistenceRules];
/** Where gateways and persistence are processes of their own. A missing DATABASE_URL is told by the database's check. */
const RULES_APART: Rules = [...requestPeersRules, ...persistencePlaceRules];

export type DoctorSettings = Partial<SettingsOf<typeof everySetting>> & Readonly<Record<string, unknown>>;

export interface CheckedSettings {
  readonly findings: readonly Finding[];
  /** Those that can be used. */
  readonly settings: DoctorSettings;
  /** What `TRANSPORT` names, where it can be made of the settings. */
  readonly transport: { readonly plugin: TransportPlugin; readonly guarantees: Transport['guarantees'] } | undefined;
}

/** Every setting by itself, to each other, and to what the transport keeps. */
export async function checkSettings(options: LoadOptions): Promise<CheckedSettings> {
  const { TRANSPORT: name } = readSettings({ TRANSPORT: everySetting.TRANSPORT }, options).values;
  const plugin = name !== undefined && transportNames.includes(name) ? await loadTransport(name) : undefined;
  const read = readSettings(mergeSettings(everySetting, plugin?.settings ?? {}) as typeof everySetting, options);
  const settings = read.values as DoctorSettings;
  const { guarantees, faults: refusals = [] } = plugin ? madeOf(plugin, settings) : {};
  const faults = [
    ...read.faults,
    ...refusals,
    ...(plugin || name === undefined ? [] : [unknownTransport(name)]),
    ...brokenRules(RULES, settings),
    ...(guarantees?.publishers === 'many' ? brokenRules(RULES_APART, settings) : []),
    ...(plugin && guarantees
      ? brokenRules(transportRules({ name: plugin.name, guarantees }, catalogue), settings)
      : []),
  ];
  return {
    settings,
    transport: plugin && guarantees && { plugin, guarantees },
    findings: [
      ...faults.map(told),
      ...read.warnings.map((text) => warning(CHECK, text, 'Correct the name, or remove the variable.')),
      ...unsafe(settings),
      ...(faults.length === 0 ? [ok(CHECK, `${Object.keys(settings).length} settings fit together.`)] : []),
    ],
  };
}

interface Made {
  readonly guarantees?: Transport['guarantees'];
  readonly faults?: readonly SettingFault[];
}

/** The transport as gateways and persistence would have it; nothing is opened. */
function madeOf(plugin: TransportPlugin, settings: DoctorSettings): Made {
  const { LANES, DATA_DIR } = settings;
  const missing = Object.keys(plugin.settings).some((setting) => !(setting in settings));
  if (missing || LANES === undefined || DATA_DIR === undefined) return {};
  const roles = { publishes: true, consumes: true };
  try {
    return { guarantees: plugin.create(settings, { lanes: LANES, dataDir: DATA_DIR, roles }).guarantees };
  } catch (error) {
    if (error instanceof SettingsError) return { faults: error.faults };
    throw error;
  }
}

function unknownTransport(name: string): SettingFault {
  return { name: 'TRANSPORT', given: name, source: 'the settings', valid: `one of ${transportNames.join(', ')}` };
}

function told({ name, given, source, valid }: SettingFault): Finding {
  const seen = given === undefined ? `${name} is not set` : `${name} is ${given} (${source})`;
  return fault(CHECK, `${seen}.`, `It must be ${valid}.`);
}

function unsafe({ AUTH, WIRE_AUTH }: DoctorSettings): Finding[] {
  return [
    ...(AUTH === 'none'
      ? [
          warning(
            CHECK,
            'AUTH=none: whoever reaches the gateway may do everything.',
            'Let only trusted networks reach it.',
          ),
        ]
      : []),
    ...(WIRE_AUTH === 'none'
      ? [warning(CHECK, 'WIRE_AUTH=none: whoever reaches persistence may ask it.', 'Set WIRE_TOKEN in all processes.')]
      : []),
  ];
}
