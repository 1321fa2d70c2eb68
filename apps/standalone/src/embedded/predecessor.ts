import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Waits for a server that a killed process left on this cluster: its guard is stopping it. Only the cluster's owner may
 * call, so that such a server can belong to nobody else. Rejects when it still runs after `waitMsMax`.
 */
export async function awaitPredecessor(cluster: string, waitMsMax: number): Promise<void> {
  const pid = postmasterPidOf(cluster);
  if (pid === undefined || !isAlive(pid)) return;
  if (!isServerOf(pid, cluster)) {
    // The number went to another program, after a restart of the machine or a container: PostgreSQL would refuse to start.
    rmSync(pidFileOf(cluster), { force: true });
    return;
  }
  // Its guard may have been killed as well; for a server that is stopping already the signal means nothing new.
  process.kill(pid, 'SIGINT');
  for (const deadline = Date.now() + waitMsMax; isAlive(pid); await delay(POLL_MS)) {
    if (Date.now() > deadline) {
      throw new Error(
        `An earlier PostgreSQL server (process ${pid}) on ${cluster} does not end. Stop it, and start again.`,
      );
    }
  }
}

/** The number of the cluster's postmaster, by its own file; undefined where there is none. */
export function postmasterPidOf(cluster: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFileOf(cluster), 'utf8'), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function pidFileOf(cluster: string): string {
  return join(cluster, 'postmaster.pid');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the process is a server on this cluster; yes, where that cannot be found out. */
function isServerOf(pid: number, cluster: string): boolean {
  try {
    const args = commandLineOf(pid);
    return args.includes('postgres') && args.includes(cluster);
  } catch {
    return isAlive(pid);
  }
}

function commandLineOf(pid: number): string {
  if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  return execFileSync('ps', ['-o', 'args=', '-ww', '-p', String(pid)], { encoding: 'utf8' });
}
