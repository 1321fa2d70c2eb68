import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A package that lies in the project, so that installing it needs no network. */
const PACKAGE = 'parts/bolt';

let tree: string;

/** A checkout with the real scripts, one package in its lock, and nothing installed. */
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'sluice-install-'));
  cpSync(resolve('scripts'), join(tree, 'scripts'), { recursive: true });
  write('package.json', { name: 'fixture', version: '1.0.0', dependencies: { bolt: `file:${PACKAGE}` } });
  lockBolt('1.0.0');
});

afterEach(() => rmSync(tree, { recursive: true, maxRetries: 10 }));

function write(path: string, content: object): void {
  mkdirSync(join(tree, path, '..'), { recursive: true });
  writeFileSync(join(tree, path), JSON.stringify(content));
}

/** The package in this version, in its folder and in the lock. */
function lockBolt(version: string): void {
  write(`${PACKAGE}/package.json`, { name: 'bolt', version });
  write('package-lock.json', {
    name: 'fixture',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'fixture', version: '1.0.0', dependencies: { bolt: `file:${PACKAGE}` } },
      'node_modules/bolt': { resolved: PACKAGE, link: true },
      [PACKAGE]: { version },
    },
  });
}

async function install(): Promise<{ code: number | null; output: string }> {
  const call = `import('./scripts/install.mjs').then(({ ensureInstalled }) => ensureInstalled())`;
  const env = { ...process.env, npm_config_offline: 'true', npm_config_cache: join(tree, '.npm') };
  const child = spawn(process.execPath, ['-e', call], { cwd: tree, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

function versionInstalled(): unknown {
  return (JSON.parse(readFileSync(join(tree, 'node_modules/bolt/package.json'), 'utf8')) as { version: string })
    .version;
}

test('packages are installed where there are none, and then left alone', async () => {
  expect(await install()).toMatchObject({ code: 0, output: expect.stringContaining('installing packages (none are') });
  expect(versionInstalled()).toBe('1.0.0');
  expect(await install()).toEqual({ code: 0, output: '' });
});

test('packages are installed anew when the lock names another version, or an install was not finished', async () => {
  await install();
  lockBolt('2.0.0');
  const { output } = await install();
  expect(output).toContain('parts/bolt is not the one in the lock');
  expect(versionInstalled()).toBe('2.0.0');

  rmSync(join(tree, 'node_modules/.package-lock.json'));
  expect((await install()).output).toContain('node_modules is incomplete');
  expect(existsSync(join(tree, 'node_modules/.package-lock.json'))).toBe(true);
  expect(await install()).toEqual({ code: 0, output: '' });
});

test('an install that fails says so, and what to look at', async () => {
  write('package.json', { name: 'fixture', version: '1.0.0', dependencies: { bolt: 'file:parts/nut' } });
  const { code, output } = await install();
  expect(code).not.toBe(0);
  expect(output).toMatch(/npm ci failed with exit code \d+; what it printed above says why/);
});
