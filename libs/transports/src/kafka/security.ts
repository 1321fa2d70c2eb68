import type { ConnectionOptions } from '@platformatic/kafka';
import { TransportError } from '#messaging';
import { tlsFilesOf } from '../tls-files.js';
import type { KafkaSettings } from './settings.js';

/** How a connection is encrypted, and how it proves who we are. Throws a `TransportError` that names what is missing. */
export function securityOf(settings: KafkaSettings): Pick<ConnectionOptions, 'tls' | 'sasl' | 'tlsServerName'> {
  return { ...tlsOf(settings), ...saslOf(settings) };
}

function saslOf(settings: KafkaSettings): Pick<ConnectionOptions, 'sasl'> {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = settings;
  if (mechanism === undefined) {
    if (username === undefined && password === undefined) return {};
    const text =
      'There is a user or a password, and no way to prove it. Set KAFKA_SASL_MECHANISM to that of the broker.';
    throw new TransportError(text, { setting: 'KAFKA_SASL_MECHANISM' });
  }
  if (username !== undefined && password !== undefined) return { sasl: { mechanism, username, password } };
  const setting = username === undefined ? 'KAFKA_SASL_USERNAME' : 'KAFKA_SASL_PASSWORD';
  throw new TransportError(`KAFKA_SASL_MECHANISM is ${mechanism}, which needs a user and a password. Set ${setting}.`, {
    setting,
  });
}

function tlsOf(settings: KafkaSettings): Pick<ConnectionOptions, 'tls' | 'tlsServerName'> {
  return settings.KAFKA_TLS === 'off' ? {} : { tls: tlsFilesOf('KAFKA', settings) };
}
