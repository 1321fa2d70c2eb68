import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ACCOUNT,
  createTestDirectory,
  describeWithKafka,
  freePort,
  KafkaServer,
  TestCa,
  type CertificatePaths,
  type TestDirectory,
} from '#testing';
import { DEADLINE_MS, envelope } from '../broker-worker.fixture.js';
import { settingsOf } from './kafka.fixture.js';
import { KafkaTransport } from './kafka-transport.js';

const START_MS = 600_000;
const TLS = 'listener.name.clients1';
const SCRAM = 'listener.name.clients2';

/** What a listener needs that shows a certificate and wants one. */
async function tlsSettings(directory: string, paths: CertificatePaths): Promise<Record<string, string>> {
  const store = join(directory, 'broker.pem');
  await writeFile(store, `${await readFile(paths.keyPath, 'utf8')}${await readFile(paths.certPath, 'utf8')}`);
  return {
    [`${TLS}.ssl.keystore.type`]: 'PEM',
    [`${TLS}.ssl.keystore.location`]: store,
    [`${TLS}.ssl.truststore.type`]: 'PEM',
    [`${TLS}.ssl.truststore.location`]: paths.caPath,
    [`${TLS}.ssl.client.auth`]: 'required',
  };
}

const scramSettings = {
  [`${SCRAM}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-512',
  [`${SCRAM}.scram-sha-512.sasl.jaas.config`]: 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
};

await describeWithKafka('A Kafka that lets nobody in unknown', () => {
  let directory: TestDirectory;
  let server: KafkaServer;
  let tlsPort: number;
  let scramPort: number;
  let shown: Record<string, string>;
  const opened: KafkaTransport[] = [];

  beforeAll(async () => {
    directory = await createTestDirectory();
    const ca = await TestCa.create(directory.path, 'ca');
    const [broker, client] = [await ca.issue('IP:127.0.0.1'), await ca.issue('DNS:client')];
    shown = {
      KAFKA_TLS: 'on',
      KAFKA_TLS_CA_PATH: ca.certPath,
      KAFKA_TLS_CERT_PATH: client.certPath,
      KAFKA_TLS_KEY_PATH: client.keyPath,
    };
    [tlsPort, scramPort] = [await freePort(), await freePort()];
    server = await KafkaServer.start({
      doors: [
        { port: tlsPort, advertisedPort: tlsPort, protocol: 'SSL' },
        { port: scramPort, advertisedPort: scramPort, protocol: 'SASL_PLAINTEXT' },
      ],
      scramUser: ACCOUNT,
      settings: { ...(await tlsSettings(directory.path, broker)), ...scramSettings },
    });
  }, START_MS);

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((transport) => transport.close(1_000)));
  });

  afterAll(async () => {
    await server?.remove();
    await directory.remove();
  });

  function over(port: number, env: Record<string, string>): KafkaTransport {
    const transport = new KafkaTransport(settingsOf({ KAFKA_BROKERS: `127.0.0.1:${port}`, ...env }), 1);
    opened.push(transport);
    return transport;
  }

  async function refusal(port: number, env: Record<string, string>): Promise<string | undefined> {
    return over(port, env)
      .open()
      .then(
        () => 'It opens.',
        (error: { setting?: string }) => error.setting,
      );
  }

  test('takes commands over TLS, each end known to the other', async () => {
    const transport = over(tlsPort, shown);
    await transport.open();
    const receipt = await transport.publish(envelope(0), DEADLINE_MS);
    expect(receipt.durability).toBe('disk');
  });

  test('tells who speaks no TLS to set it', async () => {
    expect(await refusal(tlsPort, {})).toBe('KAFKA_TLS');
  });

  test('tells who shows no certificate to set it', async () => {
    const { KAFKA_TLS_CA_PATH = '' } = shown;
    expect(await refusal(tlsPort, { KAFKA_TLS: 'on', KAFKA_TLS_CA_PATH })).toBe('KAFKA_TLS_CERT_PATH');
  });

  const who = (password: string, mechanism = 'SCRAM-SHA-512') => ({
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: ACCOUNT.username,
    KAFKA_SASL_PASSWORD: password,
  });

  test('takes commands from who proves by SCRAM who it is', async () => {
    const transport = over(scramPort, who(ACCOUNT.password));
    await transport.open();
    await transport.publish(envelope(0), DEADLINE_MS);
    expect(transport.health.state.status).toBe('up');
  });

  test.each([
    ['a wrong password', () => who('another'), 'KAFKA_SASL_PASSWORD'],
    ['another mechanism', () => who(ACCOUNT.password, 'PLAIN'), 'KAFKA_SASL_MECHANISM'],
    ['no mechanism', () => ({}), 'KAFKA_SASL_MECHANISM'],
  ])('refuses %s, with the setting', async (_, env, setting) => {
    expect(await refusal(scramPort, env())).toBe(setting);
  });
});
