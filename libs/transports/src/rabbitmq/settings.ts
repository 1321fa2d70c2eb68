import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '#settings';
import { brokerUrls, filePath, IN_FLIGHT_BYTES_MAX_LEAST, MEBIBYTE } from '../broker-settings.js';

const SECOND_MS = 1_000;

const urls = brokerUrls(/^amqps?$/, ({ pathname }) => {
  // The name of a vhost is decoded too.
  decodeURIComponent(pathname);
  return true;
});

export const rabbitmqSettings = defineSettings({
  RABBITMQ_URLS: setting(urls, {
    default: ['amqp://guest:guest@127.0.0.1:5672'],
    meaning:
      'Where the broker is: amqp://user:password@host:port/vhost, or amqps:// for TLS; what is no letter or digit in user, ' +
      "password and vhost percent-encoded; a cluster's nodes separated by commas.",
    secret: true,
  }),
  RABBITMQ_PREFIX: setting(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/), {
    default: 'sluice',
    meaning: 'What the names of all queues and exchanges begin with: one prefix is one queue.',
  }),
  RABBITMQ_REPLICAS: setting(z.coerce.number().int().min(1).max(9).optional(), {
    meaning:
      "How many nodes keep each lane's queue; from 3 on, receipts say that a command is replicated. Unset: the broker chooses. " +
      'No more than the cluster has: a broker with fewer nodes takes as many as it has, and says nothing.',
  }),
  RABBITMQ_LANE_COUNT_MAX: setting(z.coerce.number().int().min(1), {
    default: 100_000,
    meaning: 'The most commands that one lane holds at the broker before it refuses more.',
  }),
  RABBITMQ_LANE_BYTES_MAX: setting(z.coerce.number().int().min(1), {
    default: 256 * MEBIBYTE,
    meaning: 'The most bytes of bodies that one lane holds at the broker before it refuses more.',
  }),
  RABBITMQ_IN_FLIGHT_COUNT_MAX: setting(z.coerce.number().int().min(1).max(100_000), {
    default: 2_000,
    meaning: 'The most commands that a process has sent and the broker has not confirmed yet.',
  }),
  RABBITMQ_IN_FLIGHT_BYTES_MAX: setting(z.coerce.number().int().min(IN_FLIGHT_BYTES_MAX_LEAST), {
    default: 32 * MEBIBYTE,
    meaning: 'The most bytes of bodies that a process has sent and the broker has not confirmed yet.',
  }),
  RABBITMQ_HEARTBEAT_MS: setting(z.coerce.number().int().min(SECOND_MS).max(60_000).multipleOf(SECOND_MS), {
    default: 3_000,
    meaning: 'Silence of twice to three times this, in milliseconds, is a dead connection; whole seconds.',
  }),
  RABBITMQ_CONNECT_MS: setting(z.coerce.number().int().min(100).max(60_000), {
    default: 5_000,
    meaning: 'How long connecting to one address may take, in milliseconds.',
  }),
  RABBITMQ_TLS_CA_PATH: filePath('File with the authorities (PEM) that may sign the certificate of the broker.'),
  RABBITMQ_TLS_CERT_PATH: filePath('File with the certificate (PEM) by which this process shows who it is.'),
  RABBITMQ_TLS_KEY_PATH: filePath('File with the private key (PEM) of that certificate.'),
});

export type RabbitmqSettings = SettingsOf<typeof rabbitmqSettings>;
