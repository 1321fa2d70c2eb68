import { once } from 'node:events';
import { createServer } from 'node:net';

import { codeOf, fault, ok, reasonOf, warning, type Finding } from './finding.js';
import type { DoctorSettings } from './settings-checks.js';

const HEALTH_TIMEOUT_MS = 2_000;

/** A place that a process of the installation listens on. */
interface Place {
  /** The setting of the port, and that of the host. */
  readonly port: string;
  readonly host: string;
  /** Whether it answers `/health/live`. */
  readonly http: boolean;
}

const GATEWAY: Place = { port: 'PORT', host: 'HOST', http: true };
const PERSISTENCE: readonly Place[] = [
  { port: 'PERSISTENCE_PORT', host: 'PERSISTENCE_HOST', http: true },
  { port: 'REQUESTS_PORT', host: 'REQUESTS_HOST', http: false },
  { port: 'TCP_PORT', host: 'TCP_HOST', http: false },
];

/** Whether the ports are free, or in use by the processes that they are for. `apart`: persistence is a process of its own. */
export async function checkPorts(settings: DoctorSettings, apart: boolean): Promise<Finding[]> {
  const places = apart ? [GATEWAY, ...PERSISTENCE] : [GATEWAY];
  const findings = await Promise.all(places.map((place) => checkPlace(settings, place)));
  return findings.filter((finding) => finding !== undefined);
}

async function checkPlace(settings: DoctorSettings, place: Place): Promise<Finding | undefined> {
  const [port, host] = [settings[place.port], settings[place.host]];
  // Absent where the transport has no such port, or where the setting is at fault and told already.
  if (typeof port !== 'number' || typeof host !== 'string') return undefined;
  const check = `port ${place.port}`;
  if (port === 0) return ok(check, 'Any free one is taken.');
  const at = `${host}, port ${port}`;
  try {
    await listen(host, port);
    return ok(check, `${at} is free.`);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EADDRINUSE') return inUse(check, at, place, host, port);
    const remedy =
      code === 'EACCES'
        ? `Ports below 1024 are for root. Set ${place.port} to a higher one.`
        : `Set ${place.host} to an address of this machine, as 127.0.0.1.`;
    return fault(check, `${at} cannot be listened on: ${reasonOf(error)}.`, remedy);
  }
}

async function listen(host: string, port: number): Promise<void> {
  const server = createServer();
  server.listen({ host, port, exclusive: true });
  try {
    await once(server, 'listening');
  } finally {
    server.close();
  }
}

async function inUse(
  check: string,
  at: string,
  { port: name, http }: Place,
  host: string,
  port: number,
): Promise<Finding> {
  const remedy = `If it is not Sluice that runs there, stop the other program, or set ${name} to a free port.`;
  if (!http) return warning(check, `${at} is in use, by a persistence that runs or by another program.`, remedy);
  const reached = host.includes(':') ? `[${host === '::' ? '::1' : host}]` : host === '0.0.0.0' ? '127.0.0.1' : host;
  try {
    const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
    const answer = await fetch(`http://${reached}:${port}/health/live`, { signal });
    if (answer.ok) return ok(check, `${at} is in use by a process that answers /health/live.`);
  } catch {
    // What does not speak HTTP is not ours.
  }
  return fault(check, `${at} is in use by another program.`, remedy);
}
