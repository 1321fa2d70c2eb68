import { once } from 'node:events';
import { connect } from 'node:net';
import type { Transport } from '#messaging';
import { parseHostList, hostPortText, type HostPort } from '#wire';

import { fault, ok, reasonOf, warning, type Finding } from './finding.js';
import type { CheckedSettings } from './settings-checks.js';

const OPEN_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;
const REACH_TIMEOUT_MS = 2_000;
/** Settings that list persistence processes, as gateways dial them. */
const PEERS = ['TCP_PEERS', 'PERSISTENCE_PEERS'] as const;

/**
 * Whether the transport can be opened: a broker is asked for what it has, and declares what is missing, as every start does. A
 * transport that lives in the processes themselves is asked for those.
 */
export async function checkTransport(
  { transport, settings }: CheckedSettings,
  timeoutMs = OPEN_TIMEOUT_MS,
): Promise<Finding[]> {
  const { LANES, DATA_DIR } = settings;
  if (!transport || LANES === undefined || DATA_DIR === undefined) return [];
  const { plugin, guarantees } = transport;
  if (guarantees.publishers === 'one') return [ok('transport', `${plugin.name} needs nothing beside this process.`)];
  const peers = await checkPeers(settings);
  // What it opens then is this process's own: a port of persistence, or a spool that a gateway may be using.
  if ('TCP_PEERS' in settings) return peers;
  const roles = { publishes: false, consumes: true };
  const made = plugin.create(settings, { lanes: LANES, dataDir: DATA_DIR, roles });
  return [await checkOpening(made, timeoutMs), ...peers];
}

export async function checkOpening(transport: Transport, timeoutMs: number): Promise<Finding> {
  const { name, guarantees } = transport;
  try {
    await inTime(transport.open(), timeoutMs);
    const { count } = await transport.backlog();
    const promise = `every 202 is ${guarantees.durability}, at most ${guarantees.messageBytesMax} bytes`;
    return ok('transport', `${transport.server ?? name} answers: ${promise}; about ${count.value} commands wait.`);
  } catch (error) {
    const { state } = transport.health;
    const setting = (error as { setting?: string }).setting;
    const reason = error instanceof Late && state.status !== 'up' ? state.reason : reasonOf(error);
    const remedy = setting ? `Change ${setting}, or what it names.` : 'Start it, or correct the settings that name it.';
    return fault('transport', `${name} cannot be opened: ${reason}`, remedy);
  } finally {
    await transport.close(CLOSE_TIMEOUT_MS);
  }
}

class Late extends Error {}

async function inTime(work: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Late(`No answer within ${timeoutMs} ms.`)), timeoutMs);
  await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

async function checkPeers(settings: Readonly<Record<string, unknown>>): Promise<Finding[]> {
  const lists = PEERS.flatMap((name) => {
    const list = settings[name];
    return typeof list === 'string' ? parseHostList(list).map((peer) => checkPeer(name, peer)) : [];
  });
  return Promise.all(lists);
}

/** Not a fault: persistence may be started later, or somewhere that only the gateways reach. */
async function checkPeer(name: string, peer: HostPort): Promise<Finding> {
  const socket = connect({ host: peer.host, port: peer.port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(REACH_TIMEOUT_MS) });
    return ok(name, `${hostPortText(peer)} takes connections.`);
  } catch (error) {
    const text = `${hostPortText(peer)} takes no connection from here: ${reasonOf(error)}.`;
    return warning(name, text, `Start persistence, or correct ${name}.`);
  } finally {
    socket.destroy();
  }
}
