import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findJava } from '#testing';

const run = promisify(execFile);
const SOURCES = resolve('test/interop/java');
/** Where pom.xml says that what is made of it goes. */
const BUILT = resolve('dist/interop-java');
const STAMP = join(BUILT, 'built-from');
const BUILD_MS_MAX = 15 * 60_000;
const RUN_MS_MAX = 4 * 60_000;
const HEAP = '-Xmx256m';

/** Whether Java programs can be made and run here; a sentence on why not. */
export async function findJavaTools(): Promise<object | string> {
  const java = await findJava();
  if (typeof java === 'string') return java;
  const maven = await run('mvn', ['--version']).catch(() => undefined);
  return (
    maven ?? 'mvn cannot be run. Install Apache Maven, which takes the Java programs’ libraries from its repository.'
  );
}

/** Compiles the programs unless they are there already; their libraries come from Maven's repository the first time. */
export async function buildJavaPrograms(): Promise<void> {
  const hash = createHash('sha256');
  for (const source of globSync(`${SOURCES}/**/*.{java,xml}`).toSorted()) hash.update(readFileSync(source));
  const version = hash.digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === version) return;
  mkdirSync(BUILT, { recursive: true });
  const goals = ['compiler:compile', 'dependency:copy-dependencies'];
  await complaining('mvn', ['--quiet', '--batch-mode', '--file', SOURCES, ...goals], BUILD_MS_MAX);
  writeFileSync(STAMP, version);
}

/** Runs one of the programs, and resolves to the lines that it printed. Rejects with all that it said when it fails. */
export async function runJavaProgram(name: string, args: readonly string[]): Promise<string[]> {
  const found = await findJava();
  if (typeof found === 'string') throw new Error(found);
  const classPath = [join(BUILT, 'classes'), join(BUILT, 'dependency/*')].join(':');
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
  const stdout = await complaining(
    found.java,
    [HEAP, '-XX:TieredStopAtLevel=1', quiet, '-cp', classPath, `sluice.interop.${name}`, ...args],
    RUN_MS_MAX,
  );
  return stdout.trim().split('\n').filter(Boolean);
}

async function complaining(program: string, args: readonly string[], timeout: number): Promise<string> {
  try {
    return (await run(program, args, { timeout })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
