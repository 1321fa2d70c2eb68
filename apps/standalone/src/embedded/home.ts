import { hash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { mayTraverse, serverUserFor, type ServerUser } from './server-user.js';

/** Where everything of one embedded database lies. */
export interface Home {
  readonly dir: string;
  /** PostgreSQL's own data directory. */
  readonly cluster: string;
  readonly passwordFile: string;
  readonly lockFile: string;
  readonly user: ServerUser;
}

/**
 * The data directory itself, or, where the server's user cannot reach it, a folder of `asideDir` that a file `location` in
 * the data directory points to from then on.
 */
export function locateHome(dataDir: string, asideDir: string): Home {
  mkdirSync(dataDir, { recursive: true });
  const asked = realpathSync(dataDir);
  const pointer = join(asked, 'location');
  const moved = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : undefined;
  if (moved !== undefined && !existsSync(moved)) {
    throw new Error(
      `The embedded database of ${asked} lay in ${moved}, as ${pointer} says, and that folder is gone. ` +
        'Put it back, or delete that file to begin with an empty database.',
    );
  }
  if (moved !== undefined) return homeIn(moved);
  const here = homeIn(asked);
  if (existsSync(here.cluster) || !here.user.dropped || mayTraverse(here.user, asked)) return here;
  const aside = join(asideDir, hash('sha256', asked, 'hex').slice(0, 16));
  makeTraversable(asideDir);
  makeTraversable(aside);
  writeFileSync(pointer, `${aside}\n`);
  return homeIn(aside);
}

function homeIn(dir: string): Home {
  const cluster = join(dir, 'cluster');
  return {
    dir,
    cluster,
    passwordFile: join(dir, 'password'),
    lockFile: join(dir, 'owner.lock'),
    user: serverUserFor(cluster),
  };
}

/** Whatever the umask says: other accounts may pass through the folder, and not list it. */
function makeTraversable(dir: string): void {
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o711);
}
