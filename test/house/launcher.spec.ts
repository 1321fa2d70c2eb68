import { isAlive } from '#testing';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

type Launched = ChildProcessByStdio<null, Readable, Readable>;

/** Says its number and every signal; ends when asked to, or when its parent has died. */
const STAND_IN = `
process.once('disconnect', () => process.exit(0)).channel?.unref();
process.on('SIGINT', () => console.log('signal SIGINT'));
process.on('SIGTERM', () => { console.log('signal SIGTERM'); setTimeout(() => process.exit(0), 300); });
const code: string | undefined = process.argv[2];
if (code !== undefined) process.exit(Number(code));
setInterval(() => undefined, 1000);
console.log('up ' + process.pid);
`;

/** It starts a Jest within Jest. */
const COMPOSE_MS_MAX = 240_000;

let tree: string;
const launched: Launched[] = [];

/** A checkout with the real scripts and packages, and a stand-in for the product. */
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'sluice-launcher-'));
  for (const name of ['scripts', 'package.json', 'package-lock.json', 'tsconfig.json']) {
    cpSync(resolve(name), join(tree, name), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(tree, 'node_modules'));
  write('apps/standalone/src/main.ts', STAND_IN);
});

afterEach(() => {
  for (const child of launched.splice(0)) child.kill('SIGKILL');
  rmSync(tree, { recursive: true, maxRetries: 10 });
});

function write(path: string, text: string): void {
  mkdirSync(join(tree, path, '..'), { recursive: true });
  writeFileSync(join(tree, path), text);
}

function launch(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Launched {
  // As if not below npm, unless the test says so.
  const { npm_lifecycle_event: _, ...environment } = process.env;
  const child = spawn(program, args, { cwd: tree, stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment, ...env } });
  launched.push(child);
  return child;
}

function run(...args: string[]): Launched {
  return launch(process.execPath, [join(tree, 'scripts/run.mjs'), ...args]);
}

async function outcomeOf(child: Launched): Promise<{ code: number | null; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** The stand-in's process number, once it is up. */
async function pidOfProduct(child: Launched): Promise<number> {
  for await (const text of child.stdout.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    const up = /up (\d+)/.exec(text.toString());
    if (up) return Number(up[1]);
  }
  throw new Error('The product did not come up.');
}

async function untilEnded(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(20);
}

describe('npm start and its like', () => {
  it('build what is stale, say so, and pass arguments and exit code through', async () => {
    expect(await outcomeOf(run('start', '7'))).toEqual({
      code: 7,
      output: expect.stringContaining('sluice: building 1 files'),
    });
    expect(await outcomeOf(run('start', '8'))).toEqual({ code: 8, output: '' });
    write('apps/standalone/src/main.ts', 'process.exit(9);');
    expect(await outcomeOf(run('start'))).toMatchObject({ code: 9 });
  });

  it.each(['gateway', 'persistence'])('run the %s alone', async (app) => {
    write(`apps/${app}/src/main.ts`, 'process.exit(9);');
    expect(await outcomeOf(run(`start:${app}`))).toMatchObject({ code: 9 });
  });

  it('delete what was compiled from a source that is gone', async () => {
    write('libs/spool/src/old.spec.ts', 'export {};');
    await outcomeOf(run('build'));
    expect(existsSync(join(tree, 'dist/libs/spool/src/old.spec.js'))).toBe(true);
    rmSync(join(tree, 'libs/spool/src/old.spec.ts'));
    expect(await outcomeOf(run('build'))).toMatchObject({ code: 0 });
    expect(existsSync(join(tree, 'dist/libs/spool/src/old.spec.js'))).toBe(false);
  });

  it('name the place of a source that cannot be compiled', async () => {
    write('libs/spool/src/broken.ts', 'export const = 1;');
    const { code, output } = await outcomeOf(run('build'));
    expect(code).toBe(1);
    expect(output).toMatch(/libs\/spool\/src\/broken\.ts\(1,14\): error/);
  });

  it('list the tasks when there is none of that name', async () => {
    expect(await outcomeOf(run('strat'))).toEqual({
      code: 2,
      output: expect.stringContaining('start, start:gateway, start:persistence, build, config'),
    });
  });

  it('hand the product one signal for a Ctrl-C, and wait for it', async () => {
    const child = run('start');
    const pid = await pidOfProduct(child);
    const outcome = outcomeOf(child);
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code, output } = await outcome;
    expect(code).toBe(0);
    expect(output.match(/^signal .*$/gm)).toEqual(['signal SIGTERM']);
    expect(isAlive(pid)).toBe(false);
  });

  it('leave nothing behind when the launcher is killed with -9', async () => {
    const child = run('start');
    const pid = await pidOfProduct(child);
    child.kill('SIGKILL');
    await untilEnded(pid);
    expect(isAlive(pid)).toBe(false);
  });

  it('leave nothing behind when npm is killed with -9, although its shell lives on', async () => {
    const command = `"${process.execPath}" scripts/run.mjs start; true`;
    const npm = `require('node:child_process').spawn('sh', ['-c', ${JSON.stringify(command)}], { stdio: 'inherit' })`;
    const child = launch(process.execPath, ['-e', npm], { npm_lifecycle_event: 'start' });
    const pid = await pidOfProduct(child);
    child.kill('SIGKILL');
    await untilEnded(pid);
    expect(isAlive(pid)).toBe(false);
  });
});

describe('npm run test:compose', () => {
  /** Notes what it is asked, and stays up for ever. */
  const DOCKER = `#!/bin/sh
echo "$*" >> "$DOCKER_NOTES"
case "$*" in
*' up') echo "up $$" >> "$DOCKER_NOTES"; exec sleep 600 ;;
'compose ls'*) echo "$(cat "$DOCKER_NOTES.project")"; echo somebody-else ;;
esac`;
  /** What a run of the stacks' tests does, as far as the launcher sees it. */
  const TEST = `
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
test('a stack', async () => {
  const project = process.env['SLUICE_COMPOSE_PROJECTS'] + '-stack';
  writeFileSync(process.env['DOCKER_NOTES'] + '.project', project);
  await new Promise((resolve) => execFile('docker', ['compose', '--project-name', project, 'up'], resolve));
}, 600_000);`;

  it(
    'removes its projects when it is interrupted, and ends what was starting them',
    async () => {
      write('bin/docker', DOCKER);
      chmodSync(join(tree, 'bin/docker'), 0o755);
      write('test/compose/stack.spec.ts', TEST);
      write(
        'test/compose/jest.config.js',
        'export default { rootDir: "../..", testMatch: ["<rootDir>/dist/**/stack.spec.js"] };',
      );
      const notes = join(tree, 'notes');
      const env = { DOCKER_NOTES: notes, PATH: `${join(tree, 'bin')}:${process.env['PATH']}` };
      const child = launch(process.execPath, [join(tree, 'scripts/run.mjs'), 'test:compose'], env);
      const outcome = outcomeOf(child);
      const noted = () => (existsSync(notes) ? readFileSync(notes, 'utf8') : '');
      while (!/^up \d+$/m.test(noted()) && child.exitCode === null) await delay(20);
      child.kill('SIGINT');
      const { output } = await outcome;
      const project = readFileSync(`${notes}.project`, 'utf8');
      expect(`${noted()}${output}`).toContain(`--project-name ${project} --env-file /dev/null down --volumes`);
      expect(noted()).toContain(`image rm --force ${project}`);
      expect(noted()).not.toMatch(/somebody-else/);
      await untilEnded(Number(/^up (\d+)$/m.exec(noted())?.[1]));
    },
    COMPOSE_MS_MAX,
  );
});
