import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  ACCOUNT,
  createTestDirectory,
  describeWithNats,
  findMachinesNats,
  NatsServer,
  TcpProxy,
  until,
  type TestDirectory,
} from '#testing';
import { NatsTransport } from './nats-transport.js';
import { settingsOf } from './nats.fixture.js';

const run = promisify(execFile);
const LANES = 1;

/** What the transport says when it does not open. */
async function refusal(env: Record<string, string>): Promise<{ setting?: string; message: string; reason?: string }> {
  const transport = new NatsTransport(settingsOf(env), LANES);
  try {
    await transport.open();
    return { message: 'It opens.' };
  } catch (error) {
    const { setting, message } = error as { setting?: string; message: string };
    const { reason } = transport.health.state;
    return { message, ...(setting && { setting }), ...(reason && { reason }) };
  } finally {
    await transport.close(0);
  }
}

await describeWithNats('What NATS refuses', () => {
  let server: NatsServer;

  beforeAll(async () => {
    server = await NatsServer.start();
  });

  afterAll(() => server.remove());

  test('is a wrong password, which is not shown', async () => {
    const wrong = server.url.replace(ACCOUNT.password, 'not-it');
    const { setting, message, reason } = await refusal({ NATS_URLS: wrong });
    expect(setting).toBe('NATS_URLS');
    expect(reason).toBe(message);
    expect(message).toMatch(/refuses the user .*Correct it in NATS_URLS, NATS_CREDS_PATH or NATS_NKEY_PATH/);
    expect(message).not.toMatch(/not-it/);
  });

  test('is TLS at a port that speaks none', async () => {
    const { setting, message } = await refusal({ NATS_URLS: server.url.replace('nats:', 'tls:') });
    expect(setting).toBe('NATS_URLS');
    expect(message).toMatch(/does not speak TLS/);
  });

  test('is a body that its messages do not hold, with what holds it', async () => {
    const { setting, message } = await refusal({ NATS_URLS: server.url });
    expect(setting).toBe('NATS_MESSAGE_BYTES_MAX');
    expect(message).toMatch(
      /takes messages of 1048576 bytes.*needs 1212416\..*or NATS_MESSAGE_BYTES_MAX to at most 884736/,
    );
    expect(await refusal({ NATS_URLS: server.url, NATS_MESSAGE_BYTES_MAX: '884736' })).toEqual({
      message: 'It opens.',
    });
  });

  test('is not a greeting that comes too late, which is tried again', async () => {
    const proxy = await TcpProxy.to('127.0.0.1', server.port);
    const env = { NATS_URLS: proxy.urlOf(server.url), NATS_MESSAGE_BYTES_MAX: '1024' };
    const transport = new NatsTransport(settingsOf(env), LANES);
    try {
      // There and back it takes longer than the server waits for a user's name.
      proxy.delay(1_500);
      const opening = transport.open();
      await until(() => /Authentication Timeout/.test(transport.health.state.reason ?? ''), 'its health tells');
      proxy.delay(0);
      await opening;
      expect(transport.health.state).toEqual({ status: 'up' });
    } finally {
      await transport.close(0);
      await proxy.close();
    }
  });

  test('is a server that is too old, which is told', async () => {
    const installation = await findMachinesNats();
    if (!installation || !/^2\.[0-9]\./.test(installation.version)) return;
    const old = await NatsServer.start({ installation });
    try {
      const { setting, message } = await refusal({ NATS_URLS: old.url });
      expect(setting).toBe('NATS_URLS');
      expect(message).toMatch(/is NATS 2\.9\.\d+, and 2\.10 or later is needed/);
    } finally {
      await old.remove();
    }
  });
});

await describeWithNats('What NATS refuses of files', () => {
  let server: NatsServer;
  let directory: TestDirectory;

  beforeAll(async () => {
    server = await NatsServer.start();
    directory = await createTestDirectory();
  });

  afterAll(async () => {
    await server.remove();
    await directory.remove();
  });

  test('is a file without credentials, or none', async () => {
    const path = join(directory.path, 'nothing.creds');
    const missing = await refusal({ NATS_URLS: server.url, NATS_CREDS_PATH: path });
    expect(missing).toMatchObject({ setting: 'NATS_CREDS_PATH', message: expect.stringMatching(/cannot be read/) });
    await writeFile(path, 'nothing of use');
    for (const setting of ['NATS_CREDS_PATH', 'NATS_NKEY_PATH']) {
      const empty = await refusal({ NATS_URLS: server.url, [setting]: path });
      expect(empty).toMatchObject({ setting, message: expect.stringMatching(/holds no credentials that can be read/) });
    }
  });

  test('is a certificate of nobody we know, and taken when its authority is named', async () => {
    const [key, certificate] = [join(directory.path, 'key.pem'), join(directory.path, 'certificate.pem')];
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ]);
    const tls = `{ cert_file: "${certificate}", key_file: "${key}" }`;
    const secure = await NatsServer.start({ settings: { tls, max_payload: '2MB' } });
    try {
      const NATS_URLS = secure.url.replace('nats:', 'tls:');
      const { setting, message } = await refusal({ NATS_URLS });
      expect(setting).toBe('NATS_TLS_CA_PATH');
      expect(message).toMatch(/is not trusted \((DEPTH_ZERO|UNABLE|SELF_SIGNED)/);
      expect(await readFile(certificate, 'utf8')).toMatch(/BEGIN CERTIFICATE/);
      expect(await refusal({ NATS_URLS, NATS_TLS_CA_PATH: certificate })).toEqual({ message: 'It opens.' });
    } finally {
      await secure.remove();
    }
  });
});
