import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { isEnding, run } from './children.mjs';
import { Failure, say } from './say.mjs';

/**
 * Installs what the package-lock.json of a folder says where its node_modules does not hold it already. `args` go to npm
 * beside `ci`.
 */
export async function ensureInstalled({ folder = '.', args = [] } = {}) {
  const reason = whyStale(folder);
  if (reason === undefined) return;
  say(`installing packages${folder === '.' ? '' : ` in ${folder}`} (${reason}) ...`);
  const began = Date.now();
  const code = await run(process.execPath, [npmProgram(), 'ci', '--loglevel=error', `--prefix=${folder}`, ...args], {
    env: { npm_config_audit: 'false' },
  });
  if (isEnding()) return;
  if (code !== 0) throw new Failure(`npm ci failed with exit code ${code}; what it printed above says why.`);
  say(`installed in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

/** npm keeps a list of what it put into node_modules, written last: it is compared with the lock, package by package. */
function whyStale(folder) {
  const installed = packagesOf(join(folder, 'node_modules/.package-lock.json'));
  if (installed === undefined)
    return existsSync(join(folder, 'node_modules')) ? 'node_modules is incomplete' : 'none are there';
  for (const [path, wanted] of Object.entries(packagesOf(join(folder, 'package-lock.json')) ?? {})) {
    if (path === '') continue;
    const present = installed[path];
    const mayBeAbsent = wanted.optional || wanted.devOptional || wanted.peer;
    if (present === undefined && mayBeAbsent) continue;
    if (present?.version !== wanted.version)
      return `${path.replace(/^.*node_modules\//, '')} is not the one in the lock`;
  }
  return undefined;
}

function packagesOf(lock) {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** npm's own program: the one that runs us, the one that came with this Node, or the one of the shell. */
function npmProgram() {
  const besideNode = [
    join(dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    '/usr/share/nodejs/npm/bin/npm-cli.js',
  ];
  const calling = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.env.npm_execpath] : [];
  const found = [...calling, ...besideNode, ...npmsOfTheShell()].find((path) => existsSync(path));
  if (found === undefined)
    throw new Failure('Packages are missing, and npm was not found. Run npm ci by hand, then this again.');
  return found;
}

/** On Windows the shell's npm is no link to its program, and lies beside Node. */
function npmsOfTheShell() {
  const commands = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  return commands
    .filter((path) => existsSync(path))
    .map((path) => realpathSync(path))
    .filter((path) => path.endsWith('.js'));
}
