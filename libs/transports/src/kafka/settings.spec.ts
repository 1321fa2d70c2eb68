import { loadSettings } from '#settings';
import { addressOf, nameOf } from './address.js';
import { KafkaTransport } from './kafka-transport.js';
import { securityOf } from './security.js';
import { kafkaSettings, type KafkaSettings } from './settings.js';

function settingsWith(env: Record<string, string>): KafkaSettings {
  return loadSettings(kafkaSettings, { env, envFile: null }).values;
}

describe('KAFKA_BROKERS', () => {
  test('names addresses, those of IPv6 in brackets', () => {
    const { KAFKA_BROKERS } = settingsWith({ KAFKA_BROKERS: 'one.example:9092, [::1]:9093' });
    expect(KAFKA_BROKERS.map(addressOf)).toEqual([
      { host: 'one.example', port: 9_092 },
      { host: '::1', port: 9_093 },
    ]);
    expect(nameOf(addressOf('one.example:9092'))).toBe('one.example:9092');
  });

  test.each(['one.example', 'kafka://one.example:9092', ':9092', ','])(
    'of %s is refused, with what to write',
    (brokers) => {
      expect(() => settingsWith({ KAFKA_BROKERS: brokers })).toThrow(/KAFKA_BROKERS[^]*host:port/);
    },
  );
});

describe('How a connection to Kafka proves who we are', () => {
  const credentials = { KAFKA_SASL_USERNAME: 'till', KAFKA_SASL_PASSWORD: 'secret' };

  test('is by user and password, where there is a mechanism', () => {
    const settings = settingsWith({ KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', ...credentials });
    expect(securityOf(settings)).toEqual({
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'till', password: 'secret' },
    });
    expect(securityOf(settingsWith({}))).toEqual({});
  });

  test.each([
    [{ KAFKA_SASL_MECHANISM: 'PLAIN' }, 'KAFKA_SASL_USERNAME'],
    [{ KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'till' }, 'KAFKA_SASL_PASSWORD'],
    [credentials, 'KAFKA_SASL_MECHANISM'],
    [{ KAFKA_TLS: 'on', KAFKA_TLS_CA_PATH: '/no/such.pem' }, 'KAFKA_TLS_CA_PATH'],
  ])('lacks something with %j, and the setting is named', (env, setting) => {
    expect(() => securityOf(settingsWith(env))).toThrow(expect.objectContaining({ setting }));
  });
});

describe('What a receipt of Kafka says', () => {
  test.each([
    [{}, 'disk'],
    [{ KAFKA_REPLICAS: '2' }, 'disk'],
    [{ KAFKA_REPLICAS: '3' }, 'replicated'],
  ])('with %j is %s', (env, durability) => {
    expect(new KafkaTransport(settingsWith(env), 4).guarantees.durability).toBe(durability);
  });
});
