import { randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

import { ensureBuilt } from './build.mjs';
import { isEnding, run } from './children.mjs';
import { develop } from './dev.mjs';
import { removeProjects, whyNoCompose } from './docker-engine.mjs';
import { ensureInstalled } from './install.mjs';
import { say } from './say.mjs';

const NODE_ARGS = ['--enable-source-maps', '--disable-warning=ExperimentalWarning'];
/** Suites have servers and processes of their own, so that one for each core keeps it busy, and more than four need much memory. */
const TEST_WORKERS = Math.min(Math.max(availableParallelism(), 2), 4);
const mainOf = (app) => [...NODE_ARGS, `dist/apps/${app}/src/main.js`];

/** What each npm script does, once packages are there: (the Node to use, the arguments given) to an exit code. */
export const TASKS = {
  start: (node, args) => startApp('standalone', node, args),
  'start:gateway': (node, args) => startApp('gateway', node, args),
  'start:persistence': (node, args) => startApp('persistence', node, args),
  build: async () => {
    await ensureBuilt();
    return 0;
  },
  config: async (node, args) => {
    await ensureBuilt({ productOnly: true });
    return step(node, [...NODE_ARGS, 'dist/apps/standalone/src/config.js', ...args]);
  },
  doctor: async (node, args) => {
    await ensureBuilt({ productOnly: true });
    return step(node, [...NODE_ARGS, 'dist/apps/standalone/src/doctor/main.js', ...args]);
  },
  seal: async (node, args) => {
    await ensureBuilt({ productOnly: true });
    return step(node, [...NODE_ARGS, 'dist/apps/gateway/src/sealing/main.js', ...args]);
  },
  dev: async (node, args) => {
    await ensureBuilt();
    return isEnding() ? 1 : develop(node, [...mainOf('standalone'), ...args]);
  },
  bench: async (node, args) => {
    await ensureBuilt();
    await installPeers();
    const code = await step(node, [...NODE_ARGS, 'dist/bench/main.js', ...args]);
    return args.includes('--write') ? code || formatted(node, 'docs/performance.md', 'bench/results/*.json') : code;
  },
  chaos: async (node, args) => {
    await ensureBuilt();
    return step(node, [...NODE_ARGS, 'dist/test/chaos/main.js', ...args]);
  },
  servers: async (node, args) => {
    await ensureBuilt();
    return step(node, [...NODE_ARGS, 'dist/test/servers/main.js', ...args]);
  },
  test: (node, args) => test(node, args),
  'test:faults': (node, args) =>
    test(node, args.length > 0 ? args : ['dist/test/faults'], { env: { SLUICE_FAULTS: 'long' } }),
  'test:compose': testCompose,
  docs: writeDocs,
  check,
};

/**
 * Puts what the bench compares with, and its packages, where neither those of the product nor its build meet them. Its peer
 * dependencies are not looked at, since one of its packages does not know this Nest yet.
 */
async function installPeers() {
  const folder = 'dist/peers';
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(`bench/peers/${file}`, `${folder}/${file}`);
  cpSync('dist/bench/peers', folder, { recursive: true });
  await ensureInstalled({ folder, args: ['--ignore-scripts', '--legacy-peer-deps'] });
}

/** The rows of docs/transports.md; one worker, since each spec writes its own. */
async function writeDocs(node) {
  const env = { SLUICE_DOCS: 'write' };
  const code = await test(node, ['conformance', '-t', 'stands in the documents'], { env, workers: 1 });
  return code || formatted(node, 'docs/transports.md');
}

/** What a program has written looks as what people write. */
function formatted(node, ...files) {
  return step(node, ['node_modules/prettier/bin/prettier.cjs', '--write', ...files]);
}

async function startApp(app, node, args) {
  await ensureBuilt({ productOnly: true });
  return step(node, [...mainOf(app), ...args], { watchesParent: true });
}

/** Jest takes all that follows `--selectProjects` for names of projects, the paths of tests too. */
function pathsApart(args) {
  if (!args.includes('--selectProjects')) return args;
  return args.map((arg) => (arg.startsWith('dist/') ? `--testPathPatterns=${arg}` : arg));
}

async function test(node, args, { env = {}, workers = TEST_WORKERS, endsGroup = false } = {}) {
  await ensureBuilt();
  const jest = [
    '--experimental-vm-modules',
    ...NODE_ARGS,
    'node_modules/jest/bin/jest.js',
    `--maxWorkers=${workers}`,
    '--showSeed',
    // What a failed test leaves open must not keep anybody waiting; the conformance kit looks for leaks by itself.
    '--forceExit',
  ];
  return step(node, [...jest, ...pathsApart(args)], { env, endsGroup });
}

/** One stack after the other: each is a whole product. Where there is no engine nothing fails, so that CI may always ask. */
async function testCompose(node, args) {
  const reason = whyNoCompose();
  if (reason !== undefined) {
    say(`docker compose is not tested: ${reason}.`);
    return 0;
  }
  // A run that is interrupted removes nothing by itself, and a `docker compose up` of it would go on.
  const projects = `sluice-test-${randomBytes(4).toString('hex')}`;
  const options = { workers: 1, env: { SLUICE_COMPOSE_PROJECTS: projects }, endsGroup: true };
  try {
    return await test(node, ['--config', 'test/compose/jest.config.js', ...args], options);
  } finally {
    removeProjects(projects);
  }
}

/** All of it runs, so that one look shows everything that is wrong. */
async function check(node) {
  const parts = {
    types: ['node_modules/typescript/bin/tsc', '--noEmit', '--tsBuildInfoFile', 'dist/.checked.tsbuildinfo'],
    lint: [
      'node_modules/oxlint/bin/oxlint',
      '--type-aware',
      '--deny-warnings',
      'apps',
      'libs',
      'test',
      'bench',
      'scripts',
      'deploy',
    ],
    format: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
    structure: ['scripts/check-structure.mjs'],
  };
  const failed = [];
  for (const [name, args] of Object.entries(parts)) {
    if (isEnding()) return 1;
    say(`checking ${name} ...`);
    if ((await run(node, args)) !== 0) failed.push(name);
  }
  say(failed.length === 0 ? 'everything is as it should be.' : `not as it should be: ${failed.join(', ')}.`);
  return failed.length === 0 ? 0 : 1;
}

function step(node, args, options) {
  return isEnding() ? 1 : run(node, args, options);
}
