import {
  createTestDirectory,
  describeWithRabbitMq,
  RabbitMqServer,
  TestCa,
  until,
  type CertificatePaths,
  type TestDirectory,
} from '#testing';
import { DEADLINE_MS, envelope, idsOf, Worker } from '../broker-worker.fixture.js';
import { settingsOf } from './rabbitmq.fixture.js';
import { RabbitmqTransport } from './rabbitmq-transport.js';

const START_MS = 240_000;
const LANES = 2;

await describeWithRabbitMq('RabbitMQ over TLS', () => {
  let directory: TestDirectory;
  let ours: TestCa;
  let theirs: TestCa;
  let client: CertificatePaths;
  let server: RabbitMqServer;
  const opened: RabbitmqTransport[] = [];

  beforeAll(async () => {
    directory = await createTestDirectory();
    ours = await TestCa.create(directory.path, 'ours');
    theirs = await TestCa.create(directory.path, 'theirs');
    client = await ours.issue('DNS:client');
    server = await RabbitMqServer.start({ tls: { ...(await ours.issue('IP:127.0.0.1')), mutual: true } });
  }, START_MS);

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((transport) => transport.close(0)));
  });

  afterAll(async () => {
    await server.remove();
    await directory.remove();
  });

  const shown = ({ certPath, keyPath }: CertificatePaths) => ({
    RABBITMQ_TLS_CERT_PATH: certPath,
    RABBITMQ_TLS_KEY_PATH: keyPath,
  });

  function over(url: string, env: Record<string, string>): RabbitmqTransport {
    const transport = new RabbitmqTransport(settingsOf({ RABBITMQ_URLS: url, ...env }), LANES);
    opened.push(transport);
    return transport;
  }

  async function refusal(env: Record<string, string>): Promise<{ setting?: string; message: string }> {
    return over(server.node.tlsUrl, env)
      .open()
      .then(
        () => ({ message: 'It opens.' }),
        (error: { setting?: string; message: string }) => error,
      );
  }

  test('carries commands, both ends known to each other, and none of it goes by the open port', async () => {
    const transport = over(server.node.tlsUrl, { RABBITMQ_TLS_CA_PATH: ours.certPath, ...shown(client) });
    await transport.open();
    const worker = new Worker(transport);
    await worker.consume();
    const sent = [envelope(0), envelope(1), envelope(0)];
    for (const command of sent) await transport.publish(command, DEADLINE_MS);
    const arrived = () => worker.batches.flatMap((batch) => idsOf(batch));
    await until(() => arrived().length === sent.length, 'all have arrived');
    expect(arrived().sort()).toEqual(sent.map(({ id }) => id).sort());
    const connections = await server.ctl('list_connections', 'ssl', 'peer_cert_subject');
    const rows = connections.split('\n').filter((row) => /^(true|false)/.test(row));
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.every((row) => row.startsWith('true\tCN=test'))).toBe(true);
  });

  test('refuses a broker that another authority vouches for, and says which setting to look at', async () => {
    const { setting, message } = await refusal({ RABBITMQ_TLS_CA_PATH: theirs.certPath, ...shown(client) });
    expect(setting).toBe('RABBITMQ_TLS_CA_PATH');
    expect(message).toMatch(/certificate of 127\.0\.0\.1:\d+ is not trusted .*Set RABBITMQ_TLS_CA_PATH/);
  });

  test.each([
    ['no certificate', async () => ({})],
    ['a certificate of another authority', async () => shown(await theirs.issue('DNS:client'))],
  ])('is refused by a broker that is shown %s, with the setting', async (_, shownTo) => {
    const { setting, message } = await refusal({ RABBITMQ_TLS_CA_PATH: ours.certPath, ...(await shownTo()) });
    expect(setting).toBe('RABBITMQ_TLS_CERT_PATH');
    expect(message).toMatch(/TLS with 127\.0\.0\.1:\d+ fails/);
  });

  test('is not spoken at the port without it', async () => {
    const url = server.url.replace('amqp:', 'amqps:');
    const error: unknown = await over(url, { RABBITMQ_TLS_CA_PATH: ours.certPath })
      .open()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ setting: 'RABBITMQ_URLS', message: expect.stringMatching(/does not speak TLS/) });
  });
});
