import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

let tree: string;
beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'sluice-structure-'));
});
afterEach(() => rmSync(tree, { recursive: true }));

/** Writes the files into the tree, runs the check on it, and gives its breaches and exit code. */
function check(files: Record<string, string>): { breaches: string[]; code: number | null } {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), `${text}\n`);
  }
  const { stdout, status } = spawnSync(process.execPath, [resolve('scripts/check-structure.mjs'), tree], {
    encoding: 'utf8',
  });
  return { breaches: stdout.trim().split('\n').slice(0, -1), code: status };
}

const importing = (specifier: string): string => `import { thing } from '${specifier}';\nthing();`;

describe('the structure check', () => {
  it('has nothing to say of what keeps to the rules', () => {
    const { breaches, code } = check({
      'libs/contracts/src/index.ts': 'export const thing = () => 1;',
      'libs/messaging/src/index.ts': importing('#contracts'),
      'libs/transports/src/tcp/tcp.ts': importing('#messaging'),
      'libs/spool/src/spool.spec.ts': importing('#testing'),
      'apps/standalone/src/main.ts': importing('#gateway'),
      'apps/persistence/src/a.ts': importing('typeorm'),
      'libs/transports/src/rabbitmq/a.ts': importing('amqplib'),
      'test/e2e/a.spec.ts': importing('#persistence'),
    });
    expect(breaches).toEqual([]);
    expect(code).toBe(0);
  });

  it.each([
    ['a lib that imports one above it', 'libs/contracts/src/a.ts', importing('#messaging'), 'direction'],
    ['a lib that imports an app', 'libs/spool/src/a.ts', importing('#gateway'), 'direction'],
    ['an app that imports another', 'apps/gateway/src/a.ts', importing('#persistence'), 'direction'],
    ['a transport that imports another', 'libs/transports/src/tcp/a.ts', importing('../nats/b.js'), 'direction'],
    ['a room entered past its index', 'apps/gateway/src/a.ts', importing('../../../libs/spool/src/b.js'), 'direction'],
    ['a product that imports the test kit', 'libs/spool/src/a.ts', importing('#testing'), 'direction'],
    ['a product that imports a fixture', 'libs/spool/src/a.ts', importing('./a.fixture.js'), 'direction'],
    ['TypeORM outside persistence', 'apps/gateway/src/a.ts', importing('typeorm'), 'direction'],
    ['a broker client outside its transport', 'libs/transports/src/tcp/a.ts', importing('amqplib'), 'direction'],
    ['a broker named outside its transport', 'apps/gateway/src/a.ts', '// RabbitMQ cannot do that.', 'broker'],
    ['a setting of a broker elsewhere', 'libs/transports/src/pause.ts', 'export const a = env.NATS_URLS;', 'broker'],
    ['a file of 401 lines', 'libs/spool/src/a.ts', 'export {};\n'.repeat(401).trim(), 'file size'],
    ['a function of 71 lines', 'libs/spool/src/a.ts', `export function f() {${'\n'.repeat(70)}}`, 'function size'],
    ['a folder for odds and ends', 'libs/spool/src/utils/a.ts', 'export {};', 'folder name'],
    ['a third folder below src', 'libs/spool/src/a/b/c/d.ts', 'export {};', 'folder depth'],
    ['a note to oneself', 'libs/spool/src/a.ts', `// ${'TO'}DO: later`, 'leftover'],
    ['a test that does not run', 'libs/spool/src/a.spec.ts', `it.${'skip'}('works', () => {});`, 'skipped test'],
    ['a test that runs alone', 'libs/spool/src/a.spec.ts', `describe.${'only'}('it', () => {});`, 'skipped test'],
    ['a path of one machine', 'docs/a.md', `See ${'/wo'}rk/place.`, 'machine'],
    ['a registry', '.npmrc', `${'regis'}try=https://packages.example`, 'machine'],
    [
      'a resolved address in the lock',
      'package-lock.json',
      `"${'resol'}ved": "https://packages.example/a.tgz"`,
      'machine',
    ],
  ])('finds %s', (_, path, text, rule) => {
    const { breaches, code } = check({ [path]: text });
    expect(breaches).toEqual([expect.stringMatching(new RegExp(`^${path.split('/')[0]}.*: ${rule}: .+`))]);
    expect(code).toBe(1);
  });

  it('finds a cycle of values once, and allows one of types', () => {
    const values = { 'libs/spool/src/a.ts': importing('./b.js'), 'libs/spool/src/b.ts': importing('./a.js') };
    expect(check(values).breaches).toEqual([expect.stringMatching(/: cycle: .*a\.ts -> .*b\.ts -> .*a\.ts/)]);
    expect(check({ 'libs/spool/src/b.ts': `import type { A } from './a.js';\nexport type B = A;` }).breaches).toEqual(
      [],
    );
  });
});
