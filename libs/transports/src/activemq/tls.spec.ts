import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { loadSettings } from '#settings';
import {
  ArtemisServer,
  createTestDirectory,
  describeWithArtemis,
  TestCa,
  type CertificatePaths,
  type TestDirectory,
} from '#testing';
import { ActivemqTransport } from './activemq-transport.js';
import { activemqSettings } from './settings.js';

const START_MS = 240_000;
const LANES = 2;

/** Ends TLS before the broker, and asks for a certificate. */
class TlsFront {
  /** How many connections it took. */
  carried = 0;
  readonly #server: Server;

  private constructor(broker: ArtemisServer, paths: CertificatePaths) {
    const [cert, key, ca] = [paths.certPath, paths.keyPath, paths.caPath].map((path) => readFileSync(path));
    const options = { cert, key, ca, requestCert: true, rejectUnauthorized: true } as TlsOptions;
    this.#server = createServer(options, (socket) => {
      this.carried += 1;
      const plain = connect(broker.port, '127.0.0.1');
      socket.on('error', () => plain.destroy()).pipe(plain);
      plain.on('error', () => socket.destroy()).pipe(socket);
    });
  }

  static async before(broker: ArtemisServer, paths: CertificatePaths): Promise<TlsFront> {
    const front = new TlsFront(broker, paths);
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }
}

const shown = ({ certPath, keyPath }: CertificatePaths) => ({
  ACTIVEMQ_TLS_CERT_PATH: certPath,
  ACTIVEMQ_TLS_KEY_PATH: keyPath,
});

async function refusalOf(transport: ActivemqTransport): Promise<{ setting?: string; message: string }> {
  return transport.open().then(
    () => ({ message: 'It opens.' }),
    (error: { setting?: string; message: string }) => error,
  );
}

await describeWithArtemis('An ActiveMQ behind TLS', () => {
  let directory: TestDirectory;
  let ours: TestCa;
  let theirs: TestCa;
  let client: CertificatePaths;
  let server: ArtemisServer;
  let front: TlsFront;
  const opened: ActivemqTransport[] = [];

  beforeAll(async () => {
    directory = await createTestDirectory();
    ours = await TestCa.create(directory.path, 'ours');
    theirs = await TestCa.create(directory.path, 'theirs');
    client = await ours.issue('DNS:client');
    server = await ArtemisServer.start();
    front = await TlsFront.before(server, await ours.issue('IP:127.0.0.1'));
  }, START_MS);

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((transport) => transport.close(1_000)));
  });

  afterAll(async () => {
    front.close();
    await server.remove();
    await directory.remove();
  });

  function over(port: number, env: Record<string, string>): ActivemqTransport {
    const ACTIVEMQ_URLS = server.url.replace('amqp:', 'amqps:').replace(`:${server.port}`, `:${port}`);
    const { values } = loadSettings(activemqSettings, { env: { ACTIVEMQ_URLS, ...env }, envFile: null });
    const transport = new ActivemqTransport(values, LANES);
    opened.push(transport);
    return transport;
  }

  test('is spoken to by both connections, each end known to the other', async () => {
    const transport = over(front.port, { ACTIVEMQ_TLS_CA_PATH: ours.certPath, ...shown(client) });
    await transport.open();
    expect(transport.health.state.status).toBe('up');
    expect(front.carried).toBe(2);
  });

  test('is refused where another authority vouches for it, with the setting', async () => {
    const { setting, message } = await refusalOf(
      over(front.port, { ACTIVEMQ_TLS_CA_PATH: theirs.certPath, ...shown(client) }),
    );
    expect(setting).toBe('ACTIVEMQ_TLS_CA_PATH');
    expect(message).toMatch(/certificate of 127\.0\.0\.1:\d+ is not trusted .*Set ACTIVEMQ_TLS_CA_PATH/);
  });

  test('refuses who shows no certificate, with the setting', async () => {
    const { setting, message } = await refusalOf(over(front.port, { ACTIVEMQ_TLS_CA_PATH: ours.certPath }));
    expect(setting).toBe('ACTIVEMQ_TLS_CERT_PATH');
    expect(message).toMatch(/TLS with 127\.0\.0\.1:\d+ fails/);
  });
});
