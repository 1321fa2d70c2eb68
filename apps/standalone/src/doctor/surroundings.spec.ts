import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { TransportError } from '#messaging';
import { createTestDirectory, createTestVhost, MemoryBroker, MemoryTransport, type TestDirectory } from '#testing';

import { checkDisk } from './disk-checks.js';
import { examine } from './doctor.js';
import { checkPorts } from './port-checks.js';
import { checkNode, checkSecrets } from './process-checks.js';
import { isWell, reportText } from './report.js';
import { checkSettings } from './settings-checks.js';
import { checkOpening, checkTransport } from './transport-checks.js';

let directory: TestDirectory;
const servers: Server[] = [];

beforeEach(async () => void (directory = await createTestDirectory()));
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await directory.remove();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('the data folder', () => {
  const roomy = { freeBytes: async () => 10 * 1024 ** 3, now: () => 0 };
  const check = (disk = roomy, spools = true, path = directory.path) =>
    checkDisk({ DATA_DIR: path, SPOOL_BYTES_MAX: 1024 ** 3 }, spools, disk);
  const levels = async (...args: Parameters<typeof check>) => (await check(...args)).map(({ level }) => level);

  it('is well where it is made, written to and has room', async () => {
    expect(await levels(roomy, true, join(directory.path, 'new'))).toEqual(['ok', 'ok', 'ok']);
  });

  it('is a fault where it cannot be a folder', async () => {
    const path = join(directory.path, 'file');
    await writeFile(path, '');
    expect(await check(roomy, true, path)).toMatchObject([{ level: 'fault', check: 'data folder' }]);
  });

  it('is warned of where an fsync is slow', async () => {
    let nowMs = 0;
    expect(await levels({ ...roomy, now: () => (nowMs += 400) })).toEqual(['warning', 'ok', 'ok']);
  });

  it('is warned of where everybody may write', async () => {
    await chmod(directory.path, 0o777);
    expect(await levels()).toEqual(['ok', 'warning', 'ok']);
  });

  it('is warned of where the spool has no room for its bound, and a fault where nothing has', async () => {
    const half = { ...roomy, freeBytes: async () => 512 * 1024 ** 2 };
    expect(await levels(half)).toEqual(['ok', 'ok', 'warning']);
    expect(await levels(half, false)).toEqual(['ok', 'ok', 'ok']);
    expect(await levels({ ...roomy, freeBytes: async () => 1024 }, false)).toEqual(['ok', 'ok', 'fault']);
    await mkdir(join(directory.path, 'spool'));
    await writeFile(join(directory.path, 'spool', 'spool.sqlite'), Buffer.alloc(1024 ** 2));
    const text = expect.stringContaining('may still take 1023 MiB');
    expect((await check()).at(-1)).toMatchObject({ text });
  });
});

describe('ports', () => {
  const check = (PORT: number, HOST = '127.0.0.1') => checkPorts({ PORT, HOST }, false);

  it('are well when free, or when Sluice answers there', async () => {
    const ours = createHttpServer((_, response) => void response.end('{}'));
    expect(await check(await listening(ours))).toMatchObject([{ level: 'ok', text: /health/ }].map(looseText));
    expect(await check(0)).toMatchObject([{ level: 'ok' }]);
  });

  it('are a fault when another program has them, or the address is not of this machine', async () => {
    const other = createServer((socket) => void socket.end('no HTTP\n'));
    expect(await check(await listening(other))).toMatchObject([{ level: 'fault', check: 'port PORT' }]);
    expect(await check(3_000, '192.0.2.1')).toMatchObject([{ level: 'fault' }]);
  });

  it('of links are warned of, since they tell not whose they are', async () => {
    const port = await listening(createServer());
    const settings = { TCP_PORT: port, TCP_HOST: '127.0.0.1' };
    expect(await checkPorts(settings, true)).toMatchObject([{ level: 'warning', check: 'port TCP_PORT' }]);
  });
});

function looseText({ level, text }: { level: string; text: RegExp }) {
  return { level, text: expect.stringMatching(text) as unknown };
}

describe('the transport', () => {
  it('is told with its guarantees when it opens', async () => {
    const finding = await checkOpening(new MemoryTransport(new MemoryBroker(2)), 1_000);
    expect(finding).toMatchObject({ level: 'ok', text: expect.stringContaining('every 202 is memory') });
  });

  it('is a fault that names the setting when it refuses', async () => {
    const broker = new MemoryBroker(2);
    broker.openRefusal = new TransportError('Wrong credentials.', { setting: 'MEMORY_PASSWORD' });
    const finding = await checkOpening(new MemoryTransport(broker), 1_000);
    expect(finding).toMatchObject({
      level: 'fault',
      text: expect.stringContaining('Wrong credentials.'),
      remedy: expect.stringContaining('MEMORY_PASSWORD'),
    });
  });

  it('is a fault with what its health says when it never opens', async () => {
    class Silent extends MemoryTransport {
      override open(): Promise<void> {
        this.health.set({ status: 'down', reason: 'Nobody answers at 192.0.2.1.' });
        return new Promise(() => undefined);
      }
    }
    const finding = await checkOpening(new Silent(new MemoryBroker(2)), 20);
    expect(finding).toMatchObject({ level: 'fault', text: expect.stringContaining('192.0.2.1') });
  });

  it('that is a broker is told with its version, and a fault where it refuses', async () => {
    const vhost = await createTestVhost();
    const check = async (RABBITMQ_URLS: string) => {
      const env = { DATA_DIR: directory.path, TRANSPORT: 'rabbitmq', RABBITMQ_URLS };
      return (await checkTransport(await checkSettings({ env, envFile: null }), 5_000))[0];
    };
    try {
      expect(await check(vhost.url)).toMatchObject({
        level: 'ok',
        text: expect.stringMatching(/^RabbitMQ \d+\.\d+.* answers/),
      });
    } finally {
      await vhost.remove();
    }
    expect(await check(vhost.url)).toMatchObject({ level: 'fault', remedy: expect.stringContaining('RABBITMQ_URLS') });
  });

  it('of one process needs nothing else', async () => {
    const checked = await checkSettings({ env: { DATA_DIR: directory.path }, envFile: null });
    expect(await checkTransport(checked)).toMatchObject([{ level: 'ok' }]);
  });
});

describe('settings', () => {
  const check = async (env: Record<string, string>) =>
    (await checkSettings({ env: { DATA_DIR: directory.path, ...env }, envFile: null })).findings;

  const RABBITMQ = { TRANSPORT: 'rabbitmq' };
  const APART = { REQUESTS_HOST: '0.0.0.0', PERSISTENCE_HOST: '0.0.0.0', PERSISTENCE_PEERS: 'db:1' };

  it('are well as they are', async () => {
    expect(await check({})).toMatchObject([{ level: 'ok' }]);
    expect(await check(RABBITMQ)).toMatchObject([{ level: 'ok' }]);
  });

  it('of processes that one process does without may be anything', async () => {
    expect(await check(APART)).toMatchObject([{ level: 'ok' }]);
  });

  it.each([
    ['a value that cannot be read', { LANES: 'many' }, 'fault', 'LANES'],
    ['an unknown transport', { TRANSPORT: 'carrier' }, 'fault', 'TRANSPORT'],
    ['two that do not fit', { PREFETCH: '1' }, 'fault', 'PREFETCH'],
    ['less durability than is asked', { MIN_DURABILITY: 'replicated' }, 'fault', 'MIN_DURABILITY'],
    ['bodies larger than messages', { BODY_BYTES_MAX: String(8 * 1024 ** 2) }, 'fault', 'BODY_BYTES_MAX'],
    ['links beyond this machine without protection', { TRANSPORT: 'tcp', TCP_HOST: '0.0.0.0' }, 'fault', 'TCP_HOST'],
    ['queries answered to all without protection', { ...RABBITMQ, REQUESTS_HOST: '0.0.0.0' }, 'fault', 'REQUESTS_HOST'],
    ['queries sent afar without protection', { ...RABBITMQ, PERSISTENCE_PEERS: 'db:1' }, 'fault', 'PERSISTENCE_PEERS'],
    ['persistence open to all', { ...RABBITMQ, PERSISTENCE_HOST: '0.0.0.0' }, 'fault', 'PERSISTENCE_HOST'],
    ['several gateways without secrets', { GATEWAYS: '2' }, 'fault', 'OPERATION_SECRETS'],
    ['a likely misspelling', { LANE: '4' }, 'warning', 'LANE'],
    ['an open gateway', { AUTH: 'none', HOST: '0.0.0.0' }, 'warning', 'AUTH=none'],
    ['open links', { WIRE_AUTH: 'none' }, 'warning', 'WIRE_AUTH=none'],
  ])('with %s are told', async (_, env, level, name) => {
    const found = (await check(env as unknown as Record<string, string>)).filter((finding) => finding.level === level);
    expect(found.map(({ text }) => text)).toContainEqual(expect.stringContaining(name));
  });

  it('of secrets are warned of where gateways are processes of their own', () => {
    expect(checkSecrets({ GATEWAYS: 1 }, true)).toMatchObject([{ level: 'warning' }]);
    expect(checkSecrets({ GATEWAYS: 1 }, false)).toMatchObject([{ level: 'ok' }]);
    expect(checkSecrets({ GATEWAYS: 1, OPERATION_SECRETS: ['x'.repeat(32)] }, true)).toMatchObject([{ level: 'ok' }]);
    expect(checkSecrets({ GATEWAYS: 2 }, true)).toEqual([]);
  });
});

test('an old Node is a fault', () => {
  expect(checkNode('22.1.0').level).toBe('fault');
  expect(checkNode('24.0.0').level).toBe('ok');
});

test('the whole examination looks at everything, and one fault makes it fail', async () => {
  const env = { DATA_DIR: directory.path, PORT: '0' };
  const findings = await examine({ env, envFile: null });
  const checks = ['node', 'settings', 'operation secrets', 'database', 'transport', 'data folder', 'disk', 'port PORT'];
  expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(checks));
  expect(isWell(findings)).toBe(true);
  const broken = await examine({ env: { ...env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }, envFile: null });
  expect(isWell(broken)).toBe(false);
  expect(reportText(broken)).toMatch(/^FAULT +database +It cannot be reached.*\n +-> Nothing listens there/m);
  expect(reportText(broken)).toMatch(/1 faults/);
});
