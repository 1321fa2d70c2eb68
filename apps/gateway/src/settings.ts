import { z } from 'zod';
import {
  installationSettings,
  defineSettings,
  mergeSettings,
  setting,
  type SettingsOf,
  milliseconds,
  port,
  wholeNumber,
} from '#settings';
import { openness } from '#starting';

/** The injection token of the gateway's settings. */
export const GATEWAY_SETTINGS = Symbol('GatewaySettings');

const count = wholeNumber(1, Number.MAX_SAFE_INTEGER);

const operationSecrets = z
  .string()
  .transform((text) => text.split(',').map((secret) => secret.trim()))
  .pipe(z.array(z.string().min(32)).min(1))
  .meta({ description: 'one secret of at least 32 characters, or several, separated by commas' });

const listening = defineSettings({
  PORT: setting(port(), { default: 3000, meaning: 'TCP port of the HTTP server; 0 takes a free one.' }),
  HOST: setting(z.string().min(1).max(255), {
    default: '127.0.0.1',
    meaning: 'Address that the HTTP server listens on. One that is not loopback needs authentication, or AUTH=none.',
  }),
  ...openness,
  BODY_BYTES_MAX: setting(wholeNumber(1_024, 256 * 1024 * 1024), {
    default: 1024 * 1024,
    meaning: 'The largest request body, in bytes; at most what one message of the transport carries.',
  }),
  HEADER_BYTES_MAX: setting(wholeNumber(1_024, 1024 * 1024), {
    default: 16 * 1024,
    meaning: 'The largest request line and headers together, in bytes.',
  }),
  HEADERS_TIMEOUT_MS: setting(milliseconds(), {
    default: 10_000,
    meaning: 'How long a client may take to send its headers, in milliseconds.',
  }),
  CLIENT_TIMEOUT_MS: setting(milliseconds(), {
    default: 30_000,
    meaning: 'How long a client may take to send a whole request, in milliseconds.',
  }),
  KEEP_ALIVE_MS: setting(milliseconds(), {
    default: 65_000,
    meaning: 'How long a connection without a request stays open, in milliseconds.',
  }),
  IDLE_TIMEOUT_MS: setting(milliseconds(45_000), {
    default: 120_000,
    meaning: 'How long a connection may stay silent in both directions, in milliseconds; longer than any wait.',
  }),
  CONNECTIONS_MAX: setting(count, {
    default: 10_000,
    meaning: 'The most connections at a time; further ones are closed.',
  }),
});

const promises = defineSettings({
  MIN_DURABILITY: setting(z.enum(['memory', 'disk', 'replicated']), {
    default: 'disk',
    meaning: 'The least durability that a 202 may stand for; the gateway refuses to start on a transport below it.',
  }),
  GATEWAYS: setting(wholeNumber(1, 10_000), {
    default: 1,
    meaning: 'How many gateways this installation may run at a time.',
  }),
  STRICT_ORDER: setting(z.enum(['global', 'per-gateway']), {
    default: 'global',
    meaning:
      'per-gateway: accept that several gateways keep the order of a strict key only among the commands of each.',
  }),
  OPERATION_SECRETS: setting(operationSecrets.optional(), {
    secret: true,
    meaning:
      'Secrets of operation ids, separated by commas: the first signs, all verify. Needed with several gateways.',
  }),
});

const bounds = defineSettings({
  PUBLISH_TIMEOUT_MS: setting(milliseconds(), {
    default: 5_000,
    meaning: 'How long storing a command may take before the caller gets 503, in milliseconds.',
  }),
  QUERY_TIMEOUT_MS: setting(milliseconds(), {
    default: 5_000,
    meaning: 'How long persistence may take to answer a query before the caller gets 503, in milliseconds.',
  }),
  WAITERS_MAX: setting(count, {
    default: 10_000,
    meaning: 'The most requests that wait for an outcome (Prefer: wait) at a time; further ones get their 202 at once.',
  }),
  STREAMS_MAX: setting(count, {
    default: 1_000,
    meaning: 'The most event streams at a time; further ones get 503.',
  }),
  STREAM_MS_MAX: setting(milliseconds(1_000), {
    default: 300_000,
    meaning: 'How long an event stream lasts before the client has to reconnect, in milliseconds.',
  }),
  BACKLOG_MAX: setting(count, {
    default: 1_000_000,
    meaning: 'Commands that may wait in all, those that retry or are parked included, before new ones get 503.',
  }),
  BACKLOG_LOW: setting(count, {
    default: 900_000,
    meaning: 'Commands that may still wait when new ones are taken again after BACKLOG_MAX was reached.',
  }),
  LANE_BACKLOG_MAX: setting(count, {
    default: 250_000,
    meaning: 'Commands that may wait in one lane before new ones for it get 503.',
  }),
  LANE_BACKLOG_LOW: setting(count, {
    default: 225_000,
    meaning: 'Commands that may still wait in a lane when it takes new ones again after LANE_BACKLOG_MAX was reached.',
  }),
});

export const gatewaySettings = mergeSettings(
  installationSettings,
  mergeSettings(listening, mergeSettings(promises, bounds)),
);

export type GatewaySettings = SettingsOf<typeof gatewaySettings>;
