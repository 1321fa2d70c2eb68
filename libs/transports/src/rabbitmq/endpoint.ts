import { readFileSync } from 'node:fs';
import { connect, type ChannelModel } from 'amqplib';
import { TransportError } from '#messaging';
import type { RabbitmqSettings } from './settings.js';

const SECOND_MS = 1_000;

/** One address of the broker. */
export interface Endpoint {
  /** Host and port, for people: never the credentials. */
  readonly name: string;
  readonly vhost: string;
  /**
   * Connects, or rejects as the socket or the broker does. The purpose shows in the broker's list of connections; the
   * signal breaks the connection, also when it stands.
   */
  dial(purpose: string, signal: AbortSignal): Promise<ChannelModel>;
}

/** The addresses of RABBITMQ_URLS, in their order. */
export function endpointsOf(settings: RabbitmqSettings): Endpoint[] {
  return settings.RABBITMQ_URLS.map((url) => endpointOf(new URL(url), settings));
}

function endpointOf(url: URL, settings: RabbitmqSettings): Endpoint {
  const tls = url.protocol === 'amqps:';
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (tls ? 5671 : 5672) : Number(url.port);
  const vhost = decodeURIComponent(url.pathname.slice(1)) || '/';
  const anonymous = url.username === '' && url.password === '';
  const address = {
    protocol: tls ? 'amqps' : 'amqp',
    hostname,
    port,
    vhost: encodeURIComponent(vhost),
    heartbeat: settings.RABBITMQ_HEARTBEAT_MS / SECOND_MS,
    username: anonymous ? 'guest' : decodeURIComponent(url.username),
    password: anonymous ? 'guest' : decodeURIComponent(url.password),
  };
  return {
    name: `${url.hostname}:${port}`,
    vhost,
    async dial(purpose, signal) {
      // Read each time, so that renewed certificates serve the next connection.
      const files = tls ? tlsFilesOf(settings) : {};
      const socket = { noDelay: true, timeout: settings.RABBITMQ_CONNECT_MS, signal };
      const clientProperties = { connection_name: `${settings.RABBITMQ_PREFIX}, ${purpose}` };
      return connect(address, { ...files, ...socket, clientProperties });
    },
  };
}

function tlsFilesOf(settings: RabbitmqSettings): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  return {
    ...read('ca', 'RABBITMQ_TLS_CA_PATH', settings),
    ...read('cert', 'RABBITMQ_TLS_CERT_PATH', settings),
    ...read('key', 'RABBITMQ_TLS_KEY_PATH', settings),
  };
}

type TlsFileSetting = 'RABBITMQ_TLS_CA_PATH' | 'RABBITMQ_TLS_CERT_PATH' | 'RABBITMQ_TLS_KEY_PATH';

function read(option: string, setting: TlsFileSetting, settings: RabbitmqSettings): Record<string, Buffer> {
  const path = settings[setting];
  if (path === undefined) return {};
  try {
    return { [option]: readFileSync(path) };
  } catch (cause) {
    throw new TransportError(`The file ${path} cannot be read. Set ${setting} to one that can.`, { setting, cause });
  }
}
