import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '#settings';
import { brokerUrls, filePath, IN_FLIGHT_BYTES_MAX_LEAST, MEBIBYTE } from '../broker-settings.js';

const KIBIBYTE = 1024;

const urls = brokerUrls(/^(nats|tls)$/, ({ pathname }) => ['', '/'].includes(pathname));

export const natsSettings = defineSettings({
  NATS_URLS: setting(urls, {
    default: ['nats://127.0.0.1:4222'],
    meaning:
      'Where the servers are: nats://user:password@host:port, nats://token@host:port, or tls:// for TLS; what is no letter ' +
      "or digit in user, password and token percent-encoded; a cluster's servers separated by commas.",
    secret: true,
  }),
  NATS_CREDS_PATH: filePath('File with the credentials of a user (a .creds file: JWT and seed).'),
  NATS_NKEY_PATH: filePath('File with the seed of the NKey of a user.'),
  NATS_PREFIX: setting(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/), {
    default: 'sluice',
    meaning: 'What the names of all streams and subjects begin with: one prefix is one queue.',
  }),
  NATS_REPLICAS: setting(z.coerce.number().int().min(1).max(5), {
    default: 1,
    meaning:
      "How many servers keep each lane's stream; from 3 on, receipts say that a command is replicated: most of them have it.",
  }),
  NATS_SYNC: setting(z.enum(['interval', 'always']), {
    default: 'interval',
    meaning:
      'always: the servers are configured with jetstream { sync_interval: always }, so that a command is on a disk when it is ' +
      'taken. interval, their default, writes to disk every two minutes: without replicas, receipts then say memory.',
  }),
  NATS_LANE_COUNT_MAX: setting(z.coerce.number().int().min(1), {
    default: 100_000,
    meaning: 'The most commands that one lane holds at the servers before they refuse more.',
  }),
  NATS_LANE_BYTES_MAX: setting(z.coerce.number().int().min(MEBIBYTE), {
    default: 256 * MEBIBYTE,
    meaning: 'The most bytes that one lane holds at the servers before they refuse more. They set that room aside.',
  }),
  NATS_MESSAGE_BYTES_MAX: setting(
    z.coerce
      .number()
      .int()
      .min(KIBIBYTE)
      .max(4 * MEBIBYTE),
    {
      default: MEBIBYTE,
      meaning: "The largest body in bytes. The servers' max_payload must be 160 KiB more, for the attributes.",
    },
  ),
  NATS_IN_FLIGHT_COUNT_MAX: setting(z.coerce.number().int().min(1).max(100_000), {
    default: 2_000,
    meaning: 'The most commands that a process has sent and the servers have not confirmed yet.',
  }),
  NATS_IN_FLIGHT_BYTES_MAX: setting(z.coerce.number().int().min(IN_FLIGHT_BYTES_MAX_LEAST), {
    default: 32 * MEBIBYTE,
    meaning: 'The most bytes of bodies that a process has sent and the servers have not confirmed yet.',
  }),
  NATS_HEARTBEAT_MS: setting(z.coerce.number().int().min(500).max(60_000), {
    default: 3_000,
    meaning: 'Silence of two to three times this, in milliseconds, is a dead connection.',
  }),
  NATS_CONNECT_MS: setting(z.coerce.number().int().min(100).max(60_000), {
    default: 5_000,
    meaning: 'How long connecting to one address may take, in milliseconds.',
  }),
  NATS_TLS_CA_PATH: filePath('File with the authorities (PEM) that may sign the certificates of the servers.'),
  NATS_TLS_CERT_PATH: filePath('File with the certificate (PEM) by which this process shows who it is.'),
  NATS_TLS_KEY_PATH: filePath('File with the private key (PEM) of that certificate.'),
});

export type NatsSettings = SettingsOf<typeof natsSettings>;
