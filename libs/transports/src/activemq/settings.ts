import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '#settings';
import { brokerUrls, filePath, IN_FLIGHT_BYTES_MAX_LEAST, MEBIBYTE } from '../broker-settings.js';

const urls = brokerUrls(
  /^amqps?$/,
  ({ pathname, search, hash }) => ['', '/'].includes(pathname) && search === '' && hash === '',
);

export const activemqSettings = defineSettings({
  ACTIVEMQ_URLS: setting(urls, {
    default: ['amqp://127.0.0.1:5672'],
    meaning:
      'Where the broker (Artemis or Classic) takes AMQP 1.0: amqp://user:password@host:port, or amqps:// for TLS; what is no letter or ' +
      'digit in user and password percent-encoded; the brokers that take over from each other separated by commas.',
    secret: true,
  }),
  ACTIVEMQ_PREFIX: setting(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/), {
    default: 'sluice',
    meaning: 'What the names of all queues and topics begin with: one prefix is one queue.',
  }),
  ACTIVEMQ_LANE_COUNT_MAX: setting(z.coerce.number().int().min(2), {
    default: 100_000,
    meaning: 'The most commands that one lane holds at the broker before it refuses more. Artemis only.',
  }),
  ACTIVEMQ_LANE_BYTES_MAX: setting(
    z.coerce
      .number()
      .int()
      .min(4 * MEBIBYTE),
    {
      default: 256 * MEBIBYTE,
      meaning: 'About the most bytes that one lane holds at the broker before it refuses more. Artemis only.',
    },
  ),
  ACTIVEMQ_IN_FLIGHT_COUNT_MAX: setting(z.coerce.number().int().min(1).max(100_000), {
    default: 2_000,
    meaning: 'The most commands that a process has sent and the broker has not accepted yet.',
  }),
  ACTIVEMQ_IN_FLIGHT_BYTES_MAX: setting(z.coerce.number().int().min(IN_FLIGHT_BYTES_MAX_LEAST), {
    default: 32 * MEBIBYTE,
    meaning: 'The most bytes of bodies that a process has sent and the broker has not accepted yet.',
  }),
  ACTIVEMQ_HEARTBEAT_MS: setting(z.coerce.number().int().min(500).max(60_000), {
    default: 3_000,
    meaning: 'Silence of twice this and a second more, in milliseconds, is a dead connection.',
  }),
  ACTIVEMQ_CONNECT_MS: setting(z.coerce.number().int().min(100).max(60_000), {
    default: 5_000,
    meaning: 'How long connecting to one address may take, in milliseconds.',
  }),
  ACTIVEMQ_TLS_CA_PATH: filePath('File with the authorities (PEM) that may sign the certificate of the broker.'),
  ACTIVEMQ_TLS_CERT_PATH: filePath('File with the certificate (PEM) by which this process shows who it is.'),
  ACTIVEMQ_TLS_KEY_PATH: filePath('File with the private key (PEM) of that certificate.'),
});

export type ActivemqSettings = SettingsOf<typeof activemqSettings>;
