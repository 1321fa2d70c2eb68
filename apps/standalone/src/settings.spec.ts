import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createTestDirectory, type TestDirectory } from '#testing';
import { describeSettings, SettingsError } from '#settings';
import { transportNames } from '#transports';
import { loadStandalone } from './settings.js';

const SECRET = 'a-secret-of-at-least-thirty-two-characters';

const load = (env: Record<string, string>) => loadStandalone({ env, envFile: null });

/** Of each fault, the name and what would be valid. */
async function faultsOf(env: Record<string, string>): Promise<Record<string, string>> {
  const failure: unknown = await load(env).catch((error: unknown) => error);
  if (!(failure instanceof SettingsError)) throw new Error('The settings were not refused.', { cause: failure });
  return Object.fromEntries(failure.faults.map(({ name, valid }) => [name, valid]));
}

describe('the settings of the whole product', () => {
  test('are those of gateway, persistence and transport, each with its value and where it came from', async () => {
    const { loaded, transport } = await load({ PORT: '4000', SPOOL_COUNT_MAX: '5000', BATCH_MAX: '50' });
    expect(loaded.values).toMatchObject({ PORT: 4000, SPOOL_COUNT_MAX: 5000, BATCH_MAX: 50, LANES: 16 });
    expect(loaded.sources).toMatchObject({ PORT: 'environment', BATCH_MAX: 'environment', LANES: 'default' });
    expect(transport.name).toBe('in-process');
    const table = describeSettings(loaded);
    expect(table).toMatch(/^PORT +4000 +environment +3000 /m);
    expect(table).toMatch(/^SPOOL_COUNT_MAX +5000 +environment /m);
  });

  test('are shown without the secrets among them', async () => {
    const url = 'postgres://sluice:hunter2@127.0.0.1/sluice';
    const table = describeSettings((await load({ DATABASE_URL: url, OPERATION_SECRETS: SECRET })).loaded);
    expect(table).toMatch(/^DATABASE_URL +\*{6} +environment /m);
    expect(table).not.toContain('hunter2');
    expect(table).not.toContain(SECRET);
  });

  test('are refused with all their faults at once: unreadable ones, and ones that do not go together', async () => {
    const env = { PORT: 'abc', DATABASE_URL: 'mysql://db', HOST: '0.0.0.0', BACKLOG_LOW: '2000000', PREFETCH: '1' };
    expect(await faultsOf(env)).toEqual({
      PORT: 'a whole number from 0 to 65535',
      DATABASE_URL: 'a URL as postgres://user:password@host:5432/database',
      HOST: expect.stringContaining('AUTH=none'),
      BACKLOG_LOW: 'less than BACKLOG_MAX, which is 1000000',
      PREFETCH: expect.stringContaining('at least BATCH_MAX, which is 500'),
    });
  });

  test('are not measured against one that cannot be read', async () => {
    expect(Object.keys(await faultsOf({ BACKLOG_MAX: 'many', BACKLOG_LOW: '2000000' }))).toEqual(['BACKLOG_MAX']);
  });

  test('are refused where the transport promises less', async () => {
    expect(Object.keys(await faultsOf({ MIN_DURABILITY: 'replicated' }))).toEqual(['MIN_DURABILITY']);
    const several = { GATEWAYS: '2', OPERATION_SECRETS: SECRET };
    expect(Object.keys(await faultsOf(several))).toEqual(['GATEWAYS', 'STRICT_ORDER']);
  });

  test('name the known transports for one that is not, beside the other faults', async () => {
    expect(await faultsOf({ TRANSPORT: 'carrier', PORT: 'abc' })).toEqual({
      TRANSPORT: `one of ${transportNames.join(', ')}`,
      PORT: 'a whole number from 0 to 65535',
    });
  });
});

describe.each(['main.js', 'config.js'])('the program %s', (program) => {
  let directory: TestDirectory;

  beforeEach(async () => {
    directory = await createTestDirectory();
  });
  afterEach(() => directory.remove());

  test('names every fault without a stack, ends with 1, and has touched nothing', async () => {
    const dataDir = join(directory.path, 'data');
    const env = { ...process.env, TRANSPORT: 'carrier', PORT: 'abc', PREFETCH: '1', DATA_DIR: dataDir };
    const child = spawn(process.execPath, [resolve('dist/apps/standalone/src', program)], {
      cwd: directory.path,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect(said.trim().split('\n')).toEqual([
      'These settings cannot be used:',
      expect.stringMatching(/^ {2}PORT is "abc" /),
      expect.stringMatching(/^ {2}TRANSPORT is "carrier" .*in-process/),
      expect.stringMatching(/^ {2}PREFETCH is 1 .*BATCH_MAX/),
    ]);
    expect(code).toBe(1);
    expect(existsSync(dataDir)).toBe(false);
  });
});

describe('npm run config', () => {
  /** What it prints, for the app that the argument names. */
  async function printed(app: string): Promise<{ code: number | null; text: string }> {
    const env = { ...process.env, TRANSPORT: 'tcp', DATABASE_URL: 'postgres://sluice@127.0.0.1/sluice' };
    const child = spawn(process.execPath, [resolve('dist/apps/standalone/src/config.js'), app], { env });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (text += part.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, text };
  }

  test.each([
    { app: 'gateway', own: 'PERSISTENCE_PEERS', other: 'DATABASE_URL' },
    { app: 'persistence', own: 'REQUESTS_PORT', other: 'OPERATION_SECRETS' },
  ])('shows the settings of $app as a process of its own', async ({ app, own, other }) => {
    const { code, text } = await printed(app);
    expect(code).toBe(0);
    for (const name of [own, 'TCP_PORT', 'WIRE_TOKEN']) expect(text).toMatch(new RegExp(`^${name} `, 'm'));
    expect(text).not.toMatch(new RegExp(`^${other} `, 'm'));
  });

  test('names the apps when it does not know the one that it is asked for', async () => {
    expect(await printed('broker')).toEqual({ code: 1, text: expect.stringMatching(/broker .*gateway, persistence/) });
  });
});
