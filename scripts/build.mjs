import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Failure, say } from './say.mjs';

const ROOMS = ['apps', 'libs', 'test', 'bench'];
/** What only tests and benches load; whoever starts the product does not wait for it. */
const NOT_PRODUCT = /^(?:test|bench|libs[\\/]testing)[\\/]|\.(?:spec|fixture)\.ts$/;
/** Which version of each source its output was made from. */
const NOTES = 'dist/.built.json';

/**
 * Compiles the sources that have changed since they were compiled last, each for itself, which takes a fifth of the time of
 * a whole `tsc`: types are left to `npm run check`. Deletes what was made from sources that are gone.
 * `productOnly` leaves out the tests.
 */
export async function ensureBuilt({ productOnly = false } = {}) {
  const sources = filesIn(ROOMS).filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
  removeOrphans(new Set(sources.map(outputOf)));
  const settings = versionOf('tsconfig.json') + versionOf('package-lock.json');
  const before = readNotes();
  const versions = Object.fromEntries(sources.map((source) => [source, `${versionOf(source)} ${settings}`]));
  const wanted = productOnly ? sources.filter((source) => !NOT_PRODUCT.test(source)) : sources;
  const stale = wanted.filter((source) => before[source] !== versions[source] || !existsSync(outputOf(source)));
  if (stale.length === 0) return;
  say(`building ${stale.length} files ...`);
  const began = Date.now();
  await compile(stale);
  const built = Object.fromEntries(wanted.map((source) => [source, versions[source]]));
  writeFileSync(NOTES, JSON.stringify({ ...before, ...built }));
  say(`built in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

async function compile(sources) {
  const { default: ts } = await import(pathToFileURL('node_modules/typescript/lib/typescript.js').href);
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, '.');
  // A single file cannot tell from package.json that it is an ES module.
  const compilerOptions = {
    ...options,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const faults = [];
  for (const fileName of sources) {
    const text = readFileSync(fileName, 'utf8');
    const made = ts.transpileModule(text, { fileName, compilerOptions, reportDiagnostics: true });
    faults.push(...made.diagnostics);
    const output = outputOf(fileName);
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, made.outputText);
    if (made.sourceMapText) writeFileSync(`${output}.map`, withPathTo(fileName, output, made.sourceMapText));
  }
  if (faults.length === 0) return;
  rmSync(NOTES, { force: true });
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => '.', getNewLine: () => '\n' };
  throw new Failure(`these sources cannot be compiled:\n${ts.formatDiagnostics(faults, host)}`);
}

/** A file compiled for itself names its source without the way there. */
function withPathTo(source, output, map) {
  const up = dirname(output)
    .split(/[\\/]/)
    .map(() => '..');
  return JSON.stringify({ ...JSON.parse(map), sources: [[...up, ...source.split(/[\\/]/)].join('/')] });
}

/** A deleted test must not run. */
function removeOrphans(outputs) {
  for (const file of filesIn(ROOMS.map((room) => join('dist', room)))) {
    const compiled = file.replace(/\.map$/, '');
    if (compiled.endsWith('.js') && !outputs.has(compiled)) rmSync(file);
  }
}

function readNotes() {
  try {
    return JSON.parse(readFileSync(NOTES, 'utf8'));
  } catch {
    return {};
  }
}

function outputOf(source) {
  return join('dist', source.replace(/\.ts$/, '.js'));
}

function versionOf(file) {
  const { size, mtimeMs } = statSync(file);
  return `${size}/${mtimeMs}`;
}

function filesIn(folders) {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
    );
}
