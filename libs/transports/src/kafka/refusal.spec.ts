import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createPlainServer, type AddressInfo, type Server as PlainServer } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { loadSettings } from '#settings';
import { createTestDirectory, type TestDirectory } from '#testing';
import { KafkaTransport } from './kafka-transport.js';
import { kafkaSettings } from './settings.js';

const run = promisify(execFile);

/** What the transport says when it does not open. */
async function refusal(env: Record<string, string>): Promise<{ setting?: string | undefined; message: string }> {
  const transport = new KafkaTransport(loadSettings(kafkaSettings, { env, envFile: null }).values, 1);
  const error = await transport.open().then(
    () => new Error('It opens.'),
    (reason: unknown) => reason,
  );
  const { state } = transport.health;
  await transport.close(0);
  const { setting, message } = error as { setting?: string; message: string };
  expect(state).toEqual({ status: 'down', reason: message });
  return { setting, message };
}

const addressOf = (server: PlainServer) => `127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('What TLS to Kafka refuses', () => {
  let directory: TestDirectory;
  let server: Server;
  let certPath: string;
  let env: Record<string, string>;

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
    env = { KAFKA_BROKERS: addressOf(server), KAFKA_TLS: 'on' };
  });

  afterAll(async () => {
    server.close();
    await directory.remove();
  });

  test('is a broker that nobody vouches for', async () => {
    expect((await refusal(env)).setting).toBe('KAFKA_TLS_CA_PATH');
  });

  test('is a certificate for another name', async () => {
    const { setting, message } = await refusal({ ...env, KAFKA_TLS_CA_PATH: certPath });
    expect(setting).toBe('KAFKA_TLS_CA_PATH');
    expect(message).toMatch(/ALTNAME_INVALID/);
  });

  test('is a file that cannot be read', async () => {
    const { setting, message } = await refusal({ ...env, KAFKA_TLS_KEY_PATH: '/no/such.pem' });
    expect(setting).toBe('KAFKA_TLS_KEY_PATH');
    expect(message).toMatch(/no\/such.pem cannot be read/);
  });

  test('is a port that speaks none', async () => {
    const plain = createPlainServer((socket) => socket.on('error', () => undefined).end('no TLS here'));
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { setting, message } = await refusal({ KAFKA_BROKERS: addressOf(plain), KAFKA_TLS: 'on' });
    plain.close();
    expect(setting).toBe('KAFKA_TLS');
    expect(message).toMatch(/does not speak TLS/);
  });
});
