import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FETCH_MS_MAX = 10 * 60_000;
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.11.0';

/** Files of one program, pinned to the byte. */
export interface MavenSet {
  /** Letters, digits, dots and hyphens. */
  readonly name: string;
  /** `group:artifact:version`, whose dependencies come with them; or one archive `group:artifact:version:tar.gz:bin`. */
  readonly artifacts: readonly string[];
  /** A line for each file, as `sha256sum` prints it. */
  readonly sums: string;
}

/** The folder of the set's files, or of what was in its archive; fetched by Maven once, into the user's cache folder. */
export async function fetchSet(set: MavenSet): Promise<{ folder: string } | string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice');
  // Other sums are another folder.
  const folder = join(cache, `${set.name}-${sha256(set.sums).slice(0, 12)}`);
  if (existsSync(folder)) return { folder };
  await mkdir(cache, { recursive: true });
  const workshop = await mkdtemp(join(cache, 'fetching-'));
  try {
    const files = join(workshop, 'files');
    await download(set, workshop, files);
    await verify(set, files);
    const ready = isArchive(set) ? await unpack(files) : files;
    // Whoever was faster has fetched the same.
    await rename(ready, folder).catch(() => undefined);
    return { folder };
  } catch (error) {
    return `${set.name} cannot be fetched: ${reasonOf(error)}`;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

async function download(set: MavenSet, workshop: string, files: string): Promise<void> {
  const maven = (...args: string[]) =>
    run('mvn', ['--quiet', '--batch-mode', ...args], { cwd: workshop, timeout: FETCH_MS_MAX });
  if (isArchive(set)) {
    await maven(`${PLUGIN}:copy`, `-Dartifact=${set.artifacts[0]}`, `-DoutputDirectory=${files}`);
    return;
  }
  await writeFile(join(workshop, 'pom.xml'), pomOf(set));
  await maven(`${PLUGIN}:copy-dependencies`, '-DincludeScope=runtime', `-DoutputDirectory=${files}`);
}

function isArchive({ artifacts }: MavenSet): boolean {
  return artifacts.every((artifact) => artifact.split(':').length > 3);
}

function pomOf({ name, artifacts }: MavenSet): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId><artifactId>${name}</artifactId><version>1</version>
  <dependencies>${dependencies.join('\n')}</dependencies>
</project>`;
}

/** Neither more nor fewer nor other files than were pinned. */
async function verify({ sums }: MavenSet, files: string): Promise<void> {
  const pinned = new Set(sums.trim().split('\n'));
  const found = new Set<string>();
  for (const name of await readdir(files)) found.add(`${sha256(await readFile(join(files, name)))}  ${name}`);
  const [missing, strange] = [pinned.difference(found), found.difference(pinned)];
  if (missing.size + strange.size === 0) return;
  throw new Error(`Its files are not the pinned ones. Pinned: ${list(missing)}. Came: ${list(strange)}.`);
}

/** What the one archive in a folder holds in its one folder. */
async function unpack(files: string): Promise<string> {
  const [archive = ''] = await readdir(files);
  await run('tar', ['-xzf', archive], { cwd: files });
  await rm(join(files, archive));
  const [content = ''] = await readdir(files);
  return join(files, content);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function list(lines: ReadonlySet<string>): string {
  return [...lines].join(', ') || 'no other';
}

/** Maven says what went wrong where others print what they made. */
function reasonOf(error: unknown): string {
  const { stdout: printed = '' } = error as { stdout?: string };
  return /ERROR\S* (.+)/.exec(printed)?.[1] ?? String(error);
}
