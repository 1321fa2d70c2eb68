import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isEnding, run } from './children.mjs';
import { Failure, say } from './say.mjs';

export const TSC = 'node_modules/typescript/bin/tsc';

const ROOMS = ['apps', 'libs', 'test', 'bench'];
const STAMP = 'dist/.sources';
const BUILD_INFO = 'dist/.tsbuildinfo';

/** Compiles what has changed since the last build. Types are left to `npm run check`, which makes this several times faster. */
export async function ensureBuilt(node) {
  const sources = filesIn(ROOMS).filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
  const stamp = stampOf([...sources, 'tsconfig.json', 'package-lock.json']);
  const lost = sources.some((source) => !existsSync(outputOf(source)));
  if (!lost && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === stamp) return;
  say('building ...');
  const began = Date.now();
  removeOrphans(new Set(sources.map(outputOf)));
  // tsc believes its notes of what it wrote, and would not write a deleted file again.
  if (lost) rmSync(BUILD_INFO, { force: true });
  rmSync(STAMP, { force: true });
  const code = await run(node, [TSC, '--project', '.', '--noCheck']);
  if (isEnding()) return;
  if (code !== 0) throw new Failure(`tsc failed with exit code ${code}; what it printed above says where.`);
  mkdirSync('dist', { recursive: true });
  writeFileSync(STAMP, stamp);
  say(`built in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

/** Deletes what was compiled from sources that are gone: a deleted test must not run. */
export function removeOrphans(outputs) {
  for (const file of filesIn(ROOMS.map((room) => join('dist', room)))) {
    const compiled = file.replace(/(\.js)\.map$/, '$1');
    if (compiled.endsWith('.js') && !outputs.has(compiled)) rmSync(file);
  }
}

function outputOf(source) {
  return join('dist', source.replace(/\.ts$/, '.js'));
}

function stampOf(files) {
  const stamp = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    stamp.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return stamp.digest('hex');
}

function filesIn(folders) {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
    )
    .sort();
}
