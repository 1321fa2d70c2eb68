import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { type Binaries, locateBinaries } from './binaries.js';
import { ensureCluster, SUPERUSER } from './cluster.js';
import { GuardedProcess } from './guarded-process.js';
import { type Home, locateHome } from './home.js';
import { takeOwnership } from './owner-lock.js';
import { awaitPredecessor, postmasterPidOf } from './predecessor.js';

export interface EmbeddedOptions {
  /** Where the database lies and lasts; made when it is not there. One process at a time. */
  readonly dataDir: string;
  /** The port on 127.0.0.1; a free one when not given. */
  readonly port?: number;
  /** Hears what is worth telling people, a sentence each. */
  readonly log?: (line: string) => void;
  /** Where data and programs go when root starts the server and its user cannot reach `dataDir` or `node_modules`. */
  readonly asideDir?: string;
}

export interface EmbeddedPostgres {
  /** With the password: not for logs. */
  readonly url: string;
  /** The number of the server's main process. */
  readonly postmasterPid: number;
  /** Resolves when the server has ended, asked or not. */
  readonly ended: Promise<void>;
  /** Fast shutdown: open transactions are rolled back. Idempotent; resolves when the server has ended. */
  stop(): Promise<void>;
}

const STOP_MS_MAX = 20_000;
const START_MS_MAX = 60_000;
const RETRY_MS = 100;

/**
 * Starts a PostgreSQL server of our own on 127.0.0.1, whose data survive restarts. It ends with this process, however that
 * ends. Rejects when another process holds the data directory, or when the server does not come up.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDir, log = () => undefined, asideDir = '/var/lib/sluice' } = options;
  const home = locateHome(resolve(dataDir), asideDir);
  const release = takeOwnership(home.lockFile);
  try {
    const binaries = locateBinaries(home.user, home.user.dropped ? asideDir : home.dir);
    const password = await ensureCluster(home, binaries, log);
    await awaitPredecessor(home.cluster, STOP_MS_MAX);
    const { server, port } = await startOnPort(home, binaries, options.port, log);
    const postmasterPid = postmasterPidOf(home.cluster);
    if (postmasterPid === undefined) throw new Error(`PostgreSQL in ${home.cluster} ended as soon as it had started.`);
    const ended = server.ended.then(release, release);
    const url = `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
    return { url, postmasterPid, ended, stop: () => stop(server, ended, postmasterPid) };
  } catch (error) {
    release();
    throw error;
  }
}

async function startOnPort(
  home: Home,
  binaries: Binaries,
  wanted: number | undefined,
  log: (line: string) => void,
): Promise<{ server: GuardedProcess; port: number }> {
  const deadline = Date.now() + START_MS_MAX;
  for (;;) {
    const port = wanted ?? (await freePort());
    const server = new GuardedProcess(binaries.postgres, serverArgs(home.cluster, port), home.user, home.dir);
    if (await comesUp(server)) {
      server.onLine((line) => /PANIC|terminated by signal/.test(line) && log(`PostgreSQL: ${line}`));
      return { server, port };
    }
    if (!mayComeUpLater(server.complaint, wanted) || Date.now() > deadline) {
      throw new Error(`PostgreSQL did not start in ${home.cluster}:\n${server.complaint}`);
    }
    await delay(RETRY_MS);
  }
}

/** Another program took the free port first, or a killed server's last processes have not ended yet. */
function mayComeUpLater(complaint: string, wanted: number | undefined): boolean {
  if (complaint.includes('pre-existing shared memory block')) return true;
  return wanted === undefined && complaint.includes('could not create any TCP/IP sockets');
}

/** Errors of statements are their callers' to tell; the server's log keeps what concerns the server. */
function serverArgs(cluster: string, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
  };
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** False when the server ends instead. Rejects, and stops it, when it takes too long. */
async function comesUp(server: GuardedProcess): Promise<boolean> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<boolean>();
  const unwatch = server.onLine(
    (line) => line.includes('database system is ready to accept connections') && settle(true),
  );
  const timer = setTimeout(() => {
    server.stop();
    reject(new Error(`PostgreSQL was not ready after ${START_MS_MAX / 1000} s:\n${server.complaint}`));
  }, START_MS_MAX);
  server.ended.then(() => settle(false), reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    unwatch();
  }
}

async function stop(server: GuardedProcess, ended: Promise<void>, postmasterPid: number): Promise<void> {
  // A backend that is frozen hinders the fast shutdown; the immediate one leaves the rest to recovery at the next start.
  const timer = setTimeout(() => process.kill(postmasterPid, 'SIGQUIT'), STOP_MS_MAX);
  server.stop();
  await ended.finally(() => clearTimeout(timer));
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
