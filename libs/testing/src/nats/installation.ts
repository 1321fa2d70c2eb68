import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FETCH_MS_MAX = 5 * 60_000;
/** Where Debian puts what is not for every user's path. */
const INSTALLED = ['nats-server', '/usr/sbin/nats-server'];
const VERSION_MIN = [2, 10] as const;
/** The release of Debian whose package is new enough. */
const RELEASE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A server's program, and its version, as `2.10.27`. */
export interface NatsInstallation {
  readonly program: string;
  readonly version: string;
}

/**
 * The NATS to test with: `TEST_NATS_SERVER`, else the machine's where it is new enough for us, else that of a later Debian,
 * unpacked in the user's cache and installed nowhere; apt verifies its signature. A sentence on why where there is none.
 */
export async function findNats(): Promise<NatsInstallation | string> {
  const named = process.env['TEST_NATS_SERVER'];
  if (named) return (await installed(named)) ?? `TEST_NATS_SERVER, ${named}, cannot be run.`;
  const machines = await findMachinesNats();
  if (machines && isNewEnough(machines)) return machines;
  return fetchNats();
}

/** The one that the machine has, however old. */
export async function findMachinesNats(): Promise<NatsInstallation | undefined> {
  for (const program of INSTALLED) {
    const found = await installed(program);
    if (found) return found;
  }
  return undefined;
}

async function installed(program: string): Promise<NatsInstallation | undefined> {
  const { stdout } = await run(program, ['--version']).catch(() => ({ stdout: '' }));
  const version = /v(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  return version === undefined ? undefined : { program, version };
}

function isNewEnough({ version }: NatsInstallation): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > VERSION_MIN[0] || (major === VERSION_MIN[0] && minor >= VERSION_MIN[1]);
}

async function fetchNats(): Promise<NatsInstallation | string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice');
  const folder = join(cache, `nats-${RELEASE}`);
  try {
    if (!existsSync(folder)) await fetchInto(cache, folder);
  } catch (error) {
    return `There is no NATS server of ${VERSION_MIN.join('.')} or later, and none can be fetched: ${String(error)}`;
  }
  const found = await installed(join(folder, 'usr/sbin/nats-server'));
  return found ?? `The package unpacked in ${folder} does not run; remove that folder to fetch it anew.`;
}

async function fetchInto(cache: string, folder: string): Promise<void> {
  if (!existsSync(KEYRING)) throw new Error('This is not Debian. Install one, or name one in TEST_NATS_SERVER.');
  await mkdir(cache, { recursive: true });
  const workshop = await mkdtemp(join(cache, 'fetching-'));
  try {
    const options = { cwd: workshop, timeout: FETCH_MS_MAX };
    const apt = await laterDebian(workshop);
    await run('apt-get', [...apt, 'update', '-qq'], options);
    await run('apt-get', [...apt, 'download', '-qq', 'nats-server'], options);
    const [file = ''] = (await readdir(workshop)).filter((name) => name.endsWith('.deb'));
    await run('dpkg', ['-x', file, 'root'], options);
    // Whoever was faster has fetched the same.
    await rename(join(workshop, 'root'), folder).catch(() => undefined);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** What has apt look at the later release, from where this machine takes its own, and touch nothing of the machine's. */
async function laterDebian(workshop: string): Promise<string[]> {
  const format = '$(ORIGIN) $(COMPONENT) $(CODENAME) $(REPO_URI)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const source = /^Debian main [a-z]+ (\S+)$/m.exec(stdout)?.[1];
  if (source === undefined) throw new Error('apt knows no Debian. Install one, or name one in TEST_NATS_SERVER.');
  const state = join(workshop, 'apt');
  for (const folder of ['lists/partial', 'archives/partial']) await mkdir(join(state, folder), { recursive: true });
  await writeFile(join(state, 'status'), '');
  await writeFile(join(state, 'sources.list'), `deb [signed-by=${KEYRING}] ${source} ${RELEASE} main\n`);
  const settings = {
    'Dir::State': state,
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': state,
    'Dir::Etc::sourcelist': join(state, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'APT::Update::Post-Invoke-Success': '',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}
