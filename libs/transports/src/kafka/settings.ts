import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '#settings';
import { filePath, IN_FLIGHT_BYTES_MAX_LEAST, MEBIBYTE } from '../broker-settings.js';

const ADDRESS = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})$/;

const brokers = z
  .string()
  .transform((text) => text.split(',').map((address) => address.trim()))
  .pipe(z.array(z.string().regex(ADDRESS)).min(1).max(32))
  .meta({ description: 'host:port of a broker, or several separated by commas' });

export const kafkaSettings = defineSettings({
  KAFKA_BROKERS: setting(brokers, {
    default: ['127.0.0.1:9092'],
    meaning: 'Where to find the cluster: host:port of one broker or several, separated by commas.',
  }),
  KAFKA_PREFIX: setting(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/), {
    default: 'sluice',
    meaning: 'What the names of all topics and of the consumer group begin with: one prefix is one queue.',
  }),
  KAFKA_REPLICAS: setting(z.coerce.number().int().min(1).max(9).optional(), {
    meaning:
      'How many brokers keep each command; from 3 on, a majority has it before a receipt says that it is replicated. ' +
      'Must be set where the cluster has several brokers; unset, it is 1.',
  }),
  KAFKA_GROUP_PROTOCOL: setting(z.enum(['classic', 'consumer']), {
    default: 'classic',
    meaning:
      'How persistence processes agree on who has which lane: classic, or consumer (KIP-848, Kafka 4.0 and later), ' +
      'with which the broker decides how long a process may be silent.',
  }),
  KAFKA_SESSION_MS: setting(z.coerce.number().int().min(1_000).max(300_000), {
    default: 10_000,
    meaning:
      'How long a persistence process may be silent before its lanes go to others, in milliseconds; with the classic ' +
      "protocol. Not below the broker's group.min.session.timeout.ms, which is 6000 unless set.",
  }),
  KAFKA_LANE_COUNT_MAX: setting(z.coerce.number().int().min(1), {
    default: 1_000_000,
    meaning: 'The most commands that wait in one lane before a process publishes no more to it.',
  }),
  KAFKA_IN_FLIGHT_COUNT_MAX: setting(z.coerce.number().int().min(1).max(100_000), {
    default: 2_000,
    meaning: 'The most commands that a process has sent and the brokers have not confirmed yet.',
  }),
  KAFKA_IN_FLIGHT_BYTES_MAX: setting(z.coerce.number().int().min(IN_FLIGHT_BYTES_MAX_LEAST), {
    default: 32 * MEBIBYTE,
    meaning: 'The most bytes of bodies that a process has sent and the brokers have not confirmed yet.',
  }),
  KAFKA_ANSWER_MS: setting(z.coerce.number().int().min(500).max(60_000), {
    default: 8_000,
    meaning: 'A broker that does not answer within this time, in milliseconds, has lost its connection.',
  }),
  KAFKA_CONNECT_MS: setting(z.coerce.number().int().min(100).max(60_000), {
    default: 5_000,
    meaning: 'How long connecting to one broker may take, in milliseconds, proving who we are included.',
  }),
  KAFKA_SASL_MECHANISM: setting(z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).optional(), {
    meaning: 'How this process proves who it is. Unset: it does not, or does by its TLS certificate.',
  }),
  KAFKA_SASL_USERNAME: setting(z.string().min(1).optional(), { meaning: 'The user for KAFKA_SASL_MECHANISM.' }),
  KAFKA_SASL_PASSWORD: setting(z.string().min(1).optional(), {
    meaning: 'The password for KAFKA_SASL_MECHANISM.',
    secret: true,
  }),
  KAFKA_TLS: setting(z.enum(['off', 'on']), {
    default: 'off',
    meaning: 'Whether connections to the brokers are encrypted: on or off.',
  }),
  KAFKA_TLS_CA_PATH: filePath('File with the authorities (PEM) that may sign the certificates of the brokers.'),
  KAFKA_TLS_CERT_PATH: filePath('File with the certificate (PEM) by which this process shows who it is.'),
  KAFKA_TLS_KEY_PATH: filePath('File with the private key (PEM) of that certificate.'),
});

export type KafkaSettings = SettingsOf<typeof kafkaSettings>;
