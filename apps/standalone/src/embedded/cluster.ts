import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import type { Binaries } from './binaries.js';
import { GuardedProcess } from './guarded-process.js';
import type { Home } from './home.js';

/** The server's superuser, whom only the password lets in. */
export const SUPERUSER = 'sluice';

const UNFINISHED = 'cluster.new';

/** Makes the cluster where there is none yet, whole or not at all, and returns the superuser's password. */
export async function ensureCluster(home: Home, { initdb }: Binaries, log: (line: string) => void): Promise<string> {
  if (existsSync(home.cluster)) return readPassword(home);
  log(`Making an embedded PostgreSQL database in ${home.dir}.`);
  const password = randomBytes(24).toString('base64url');
  writeFileSync(home.passwordFile, `${password}\n`, { mode: 0o600 });
  for (const name of readdirSync(home.dir)) {
    if (name.startsWith(UNFINISHED)) rmSync(join(home.dir, name), { recursive: true });
  }
  const unfinished = join(home.dir, UNFINISHED);
  const passwordCopy = join(home.dir, `${UNFINISHED}.password`);
  ownedByServer(home, unfinished, () => mkdirSync(unfinished, { mode: 0o700 }));
  ownedByServer(home, passwordCopy, () => writeFileSync(passwordCopy, password, { mode: 0o600 }));
  await run(home, initdb, [
    ...['-D', unfinished, '-U', SUPERUSER, '-E', 'UTF8', '--no-locale', '--data-checksums'],
    ...['-A', 'scram-sha-256', `--pwfile=${passwordCopy}`, '--no-sync', '--no-instructions'],
  ]);
  // One sync at the end is much quicker than initdb's own, and as safe: the rename comes after it.
  await run(home, initdb, ['-D', unfinished, '--sync-only']);
  rmSync(passwordCopy);
  renameSync(unfinished, home.cluster);
  return password;
}

function readPassword({ cluster, passwordFile }: Home): string {
  try {
    return readFileSync(passwordFile, 'utf8').trim();
  } catch (error) {
    throw new Error(
      `The embedded database in ${cluster} is there, but its password in ${passwordFile} cannot be read. Put that file back.`,
      { cause: error },
    );
  }
}

function ownedByServer({ user }: Home, path: string, make: () => void): void {
  make();
  if (user.dropped) chownSync(path, user.uid, user.gid);
}

async function run({ dir, user }: Home, program: string, args: readonly string[]): Promise<void> {
  const running = new GuardedProcess(program, args, user, dir);
  const code = await running.ended;
  if (code !== 0) throw new Error(`PostgreSQL's initdb failed in ${dir} (exit code ${code}):\n${running.complaint}`);
}
