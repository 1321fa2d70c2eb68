import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The account that the server runs under. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
  /** Whether it is another account than this process's: only root changes it, since PostgreSQL refuses to run as root. */
  readonly dropped: boolean;
}

/** The owner of the cluster where there is one already; else `postgres` or `nobody` for root, and ourselves for others. */
export function serverUserFor(cluster: string): ServerUser {
  const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const owner = statSync(cluster, { throwIfNoEntry: false });
  if (self.uid === 0) {
    if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, dropped: true };
    return { ...accountOf('postgres', 'nobody'), dropped: true };
  }
  if (owner !== undefined && owner.uid !== self.uid) {
    throw new Error(
      `The embedded database in ${cluster} belongs to the user with id ${owner.uid}, and this process runs as ${self.uid}. ` +
        'Run it as that user or as root, or choose another DATA_DIR.',
    );
  }
  return { ...self, dropped: false };
}

/** Whether the account may reach what lies in `path`: each folder on the way, and the folder itself, lets it through. */
export function mayTraverse({ uid, gid }: ServerUser, path: string): boolean {
  const { mode, uid: owner, gid: group } = statSync(path);
  const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(path);
  return parent === path || mayTraverse({ uid, gid, dropped: true }, parent);
}

function accountOf(...names: string[]): { uid: number; gid: number } {
  for (const name of names) {
    try {
      return { uid: idOf('-u', name), gid: idOf('-g', name) };
    } catch {
      continue;
    }
  }
  throw new Error(
    `PostgreSQL does not run as root, and this system has no account ${names.join(' or ')} to run it under. ` +
      'Start Sluice as another user, or set DATABASE_URL to a server of your own.',
  );
}

function idOf(which: '-u' | '-g', name: string): number {
  return Number(execFileSync('id', [which, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}
