import type { Transport } from '#messaging';
import { faultBeside, loadSettings, SettingsError, type LoadOptions } from '#settings';
import type { Foundation } from '#starting';
import { loadTransport, transportNames, type Roles } from '#transports';

import type { PersistenceSettings } from '../settings.js';
import type { Drained } from './queue.js';
import { NO_DRAIN } from './settings.js';

export interface DrainingPlan {
  readonly roles: Roles;
  /** How many gateways the installation has, where this process is one. */
  readonly gateways?: number;
  /** Where the old transport's settings are read. */
  readonly options: LoadOptions;
}

/**
 * Opens the transport that `DRAIN_FROM` names, with settings of its own beside those of `TRANSPORT`. Rejects with a
 * `SettingsError`, or with the `TransportError` of a transport that cannot be opened.
 */
export async function openDrained(
  { settings, started, log }: Pick<Foundation<PersistenceSettings>, 'settings' | 'started' | 'log'>,
  plan: DrainingPlan,
): Promise<Drained | undefined> {
  const { DRAIN_FROM: name } = settings;
  if (name === undefined || name === NO_DRAIN) return undefined;
  const drained = await create(name, settings, plan);
  const { transport } = drained;
  started.add((leftMs) => transport.close(leftMs));
  await transport.open();
  log(`Draining ${transport.name} to its seals before ${settings.TRANSPORT} is applied.`);
  return drained;
}

async function create(
  name: string,
  { LANES, DATA_DIR }: PersistenceSettings,
  { roles, gateways, options }: DrainingPlan,
): Promise<Drained> {
  if (!transportNames.includes(name)) throw refused(name, `one of ${transportNames.join(', ')}, ${NO_DRAIN}`);
  const plugin = await loadTransport(name);
  const { values } = loadSettings(plugin.settings, options);
  const make = (as: Roles): Transport => plugin.create(values, { lanes: LANES, dataDir: DATA_DIR, roles: as });
  // Without a spool of its own, even where this process has one: that is the new transport's now.
  const transport = make({ publishes: false, consumes: true });
  const { ordering, publishers } = transport.guarantees;
  if (roles.publishes && ordering === 'per-gateway') {
    throw refused(
      name,
      `absent: what the spool of this process holds is forwarded at its start, whatever TRANSPORT is`,
    );
  }
  // A queue of one process is published to, and so sealed, by whoever has opened it.
  if (publishers === 'one') return { transport: make({ publishes: true, consumes: true }), sealedHere: true };
  return { transport, sealedHere: roles.publishes && gateways === 1 };
}

function refused(name: string, valid: string): SettingsError {
  return new SettingsError([faultBeside('DRAIN_FROM', name, valid)]);
}
