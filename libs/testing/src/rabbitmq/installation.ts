import { existsSync, globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fetchRabbitMq } from './packages.js';

/** A RabbitMQ that can be run, whatever brought it. */
export interface RabbitMqInstallation {
  /** The folder that its programs take for `/`; empty where that is the machine's own. */
  readonly root: string;
  /** The folder of its scripts, as seen from its root. */
  readonly scripts: string;
  /** What its programs need in their environment to find the rest of it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where Debian and Red Hat, Homebrew on either kind of Mac, put the scripts that run the broker as whoever calls them. */
const SCRIPTS = [
  '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin',
  '/opt/homebrew/opt/rabbitmq/sbin',
  '/usr/local/opt/rabbitmq/sbin',
];

/**
 * The RabbitMQ to test with: the one within the root `TEST_RABBITMQ_ROOT`, else the machine's, else Debian's packages,
 * unpacked in the user's cache. A sentence on why where there is none.
 */
export async function findRabbitMq(): Promise<RabbitMqInstallation | string> {
  const root = process.env['TEST_RABBITMQ_ROOT'] ?? '';
  const found = installedIn(root);
  if (found) return found;
  if (root !== '') return `There is no RabbitMQ in TEST_RABBITMQ_ROOT, ${root}.`;
  const fetched = await fetchRabbitMq();
  if ('problem' in fetched) return fetched.problem;
  const scripts = scriptsIn(fetched.folder);
  if (!scripts)
    return `The packages unpacked in ${fetched.folder} have no RabbitMQ; remove that folder to fetch them anew.`;
  return { root: '', scripts, environment: erlangIn(fetched.folder) };
}

function installedIn(root: string): RabbitMqInstallation | undefined {
  const scripts = scriptsIn(root);
  return scripts === undefined ? undefined : { root, scripts: scripts.slice(root.length), environment: {} };
}

function scriptsIn(root: string): string | undefined {
  const folders = SCRIPTS.flatMap((pattern) => globSync(root + pattern));
  return folders.find((folder) => existsSync(join(folder, 'rabbitmq-server')));
}

/** Erlang's programs, and the libraries that lie beside them. */
function erlangIn(folder: string): Record<string, string> {
  return {
    PATH: join(folder, 'usr/lib/erlang/bin'),
    LD_LIBRARY_PATH: globSync(join(folder, 'usr/lib/*-linux-gnu*')).join(':'),
  };
}

/** `rabbitmq_server-3.10.8`, where the folder's name tells. */
export function versionOf({ scripts }: RabbitMqInstallation): string {
  return basename(dirname(scripts));
}
