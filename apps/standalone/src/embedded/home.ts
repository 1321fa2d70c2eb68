import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
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
  if (existsSync(pointer)) return homeAt(pointer);
  const here = homeIn(asked);
  if (existsSync(here.cluster) || !here.user.dropped || mayTraverse(here.user, asked)) return here;
  pointAside(pointer, asideDir);
  return homeAt(pointer);
}

function homeAt(pointer: string): Home {
  const aside = readFileSync(pointer, 'utf8').trim();
  if (existsSync(aside)) return homeIn(aside);
  throw new Error(
    `The embedded database lay in ${aside}, as ${pointer} says, and that folder is gone. ` +
      'Put it back, or delete that file to begin with an empty database.',
  );
}

/** Always a new folder: whoever has deleted a data directory wants to begin afresh, at the same path too. */
function pointAside(pointer: string, asideDir: string): void {
  mkdirSync(asideDir, { recursive: true });
  const aside = mkdtempSync(join(asideDir, 'postgres-'));
  for (const dir of [asideDir, aside]) chmodSync(dir, 0o711);
  try {
    writeFileSync(pointer, `${aside}\n`, { flag: 'wx' });
  } catch (error) {
    rmdirSync(aside);
    // Another start was quicker; its folder is the one.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
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
