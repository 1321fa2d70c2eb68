import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const ERLANG = '/usr/lib/erlang';
const FETCH_MS_MAX = 5 * 60_000;
/** Every dependency that must be there, and nothing that may. */
const HARD_DEPENDENCIES = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map(
  (kind) => `--no-${kind}`,
);

/**
 * Debian's packages of RabbitMQ and its Erlang, unpacked below the user's cache folder and installed nowhere. They are
 * fetched once; that needs apt, and root where its lists are missing.
 */
export async function fetchRabbitMq(): Promise<{ folder: string } | { problem: string }> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice');
  const folder = join(cache, 'rabbitmq-packages');
  if (existsSync(folder)) return { folder };
  if (!existsSync('/usr/bin/apt-get')) {
    return {
      problem: 'No RabbitMQ is installed, and without apt-get none is fetched. Install one, or set TEST_RABBITMQ_URL.',
    };
  }
  await mkdir(cache, { recursive: true });
  const workshop = await mkdtemp(join(cache, 'fetching-'));
  try {
    await unpackInto(workshop);
    await moveErlang(join(workshop, 'root'), folder);
    // Whoever was faster has fetched the same.
    await rename(join(workshop, 'root'), folder).catch(() => undefined);
    return { folder };
  } catch (error) {
    return { problem: `No RabbitMQ is installed, and its packages cannot be fetched: ${String(error)}` };
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function unpackInto(workshop: string): Promise<void> {
  const options = { cwd: workshop, maxBuffer: OUTPUT_BYTES_MAX, timeout: FETCH_MS_MAX };
  if (process.getuid?.() === 0) await run('apt-get', ['update', '-qq'], options);
  const depends = await run('apt-cache', ['depends', '--recurse', ...HARD_DEPENDENCIES, 'rabbitmq-server'], options);
  const names = depends.stdout.split('\n').filter((line) => /^[a-z]/.test(line));
  const wanted = [];
  for (const name of names) if (isOfRabbitMq(name) || !(await isInstalled(name))) wanted.push(name);
  await run('apt-get', ['download', '-qq', ...wanted], options);
  for (const file of await readdir(workshop)) {
    if (file.endsWith('.deb')) await run('dpkg', ['-x', file, 'root'], options);
  }
}

/** Debian's launcher of Erlang has its folder written into it. */
async function moveErlang(root: string, folder: string): Promise<void> {
  const launcher = join(root, ERLANG, 'bin/erl');
  const script = await readFile(launcher, 'utf8');
  await writeFile(launcher, script.replaceAll(ERLANG, join(folder, ERLANG)));
}

function isOfRabbitMq(name: string): boolean {
  return name === 'rabbitmq-server' || name.startsWith('erlang-');
}

async function isInstalled(name: string): Promise<boolean> {
  const status = await run('dpkg-query', ['-W', '-f=${Status}', name]).catch(() => ({ stdout: '' }));
  return status.stdout.endsWith(' installed');
}
