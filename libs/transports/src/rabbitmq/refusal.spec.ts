import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { createTestDirectory, describeWithRabbitMq, type TestDirectory } from '#testing';
import { settingsOf, TestBroker } from './rabbitmq.fixture.js';
import { RabbitmqTransport } from './rabbitmq-transport.js';

const run = promisify(execFile);
const LANES = 1;

/** What the transport says when it does not open. */
async function refusal(
  env: Record<string, string>,
): Promise<{ setting?: string | undefined; message: string; reason?: string | undefined }> {
  const transport = new RabbitmqTransport(settingsOf(env), LANES);
  try {
    await transport.open();
    return { message: 'It opens.' };
  } catch (error) {
    const { setting, message } = error as { setting?: string; message: string };
    return { setting, message, reason: transport.health.state.reason };
  } finally {
    await transport.close(0);
  }
}

await describeWithRabbitMq('What RabbitMQ refuses', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await TestBroker.create();
  });

  afterAll(() => broker.remove());

  const urlWith = (change: (url: URL) => void): string => {
    const url = new URL(broker.vhost.url);
    change(url);
    return url.href;
  };

  test('is a wrong password, which is not shown', async () => {
    const wrong = urlWith((url) => (url.password = 'not-it'));
    const { setting, message, reason } = await refusal({ RABBITMQ_URLS: wrong });
    expect(setting).toBe('RABBITMQ_URLS');
    expect(reason).toBe(message);
    expect(message).toMatch(/refuses the user or its password/);
    expect(message).not.toMatch(/not-it/);
  });

  test('is an unknown vhost, which is named', async () => {
    const { setting, message } = await refusal({ RABBITMQ_URLS: urlWith((url) => (url.pathname = '/no%2Fwhere')) });
    expect(setting).toBe('RABBITMQ_URLS');
    expect(message).toMatch(/has no virtual host 'no\/where'/);
  });

  test('is TLS at a port that speaks none', async () => {
    const url = broker.vhost.url.replace('amqp:', 'amqps:');
    const { setting, message } = await refusal({ RABBITMQ_URLS: url });
    expect(setting).toBe('RABBITMQ_URLS');
    expect(message).toMatch(/does not speak TLS/);
  });
});

describe('What TLS to RabbitMQ refuses', () => {
  let directory: TestDirectory;
  let server: Server;
  let url: string;
  let certPath: string;

  beforeAll(async () => {
    directory = await createTestDirectory();
    certPath = join(directory.path, 'cert.pem');
    const keyPath = join(directory.path, 'key.pem');
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyPath];
    const name = ['-subj', '/CN=elsewhere', '-addext', 'subjectAltName=DNS:elsewhere'];
    await run('openssl', ['req', '-x509', ...key, '-out', certPath, ...name, '-days', '2']);
    server = createServer({ cert: await readFile(certPath), key: await readFile(keyPath) });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `amqps://guest:guest@127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.close();
    await directory.remove();
  });

  test('is a broker that nobody vouches for', async () => {
    expect((await refusal({ RABBITMQ_URLS: url })).setting).toBe('RABBITMQ_TLS_CA_PATH');
  });

  test('is a certificate for another name', async () => {
    const { setting, message } = await refusal({ RABBITMQ_URLS: url, RABBITMQ_TLS_CA_PATH: certPath });
    expect(setting).toBe('RABBITMQ_TLS_CA_PATH');
    expect(message).toMatch(/ALTNAME_INVALID/);
  });

  test('is a file that cannot be read', async () => {
    const { setting, message } = await refusal({ RABBITMQ_URLS: url, RABBITMQ_TLS_KEY_PATH: '/no/such.pem' });
    expect(setting).toBe('RABBITMQ_TLS_KEY_PATH');
    expect(message).toMatch(/no\/such.pem cannot be read/);
  });
});
