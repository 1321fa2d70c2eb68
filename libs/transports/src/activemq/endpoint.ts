import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { TransportError } from '#messaging';
import type { Endpoint } from '../supervised-connection.js';
import { refusalOf } from './refusal.js';
import type { ActivemqSettings } from './settings.js';
import { Wire, type WireOptions } from './wire.js';

/** The addresses of ACTIVEMQ_URLS, in their order. */
export function endpointsOf(settings: ActivemqSettings): Endpoint<Wire>[] {
  return settings.ACTIVEMQ_URLS.map((url) => endpointOf(new URL(url), settings));
}

function endpointOf(url: URL, settings: ActivemqSettings): Endpoint<Wire> {
  const tls = url.protocol === 'amqps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (tls ? 5671 : 5672) : Number(url.port);
  const options: Omit<WireOptions, 'socket' | 'purpose' | 'external'> = {
    host,
    heartbeatMs: settings.ACTIVEMQ_HEARTBEAT_MS,
    connectMs: settings.ACTIVEMQ_CONNECT_MS,
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
  const name = `${url.hostname}:${port}`;
  return {
    name,
    refusalOf: (cause) => refusalOf(cause, name),
    async dial(purpose, signal) {
      // Read each time, so that renewed certificates serve the next connection.
      const files = tls ? tlsFilesOf(settings) : {};
      const socket = (): Socket => {
        if (!tls) return connectTcp({ host, port, noDelay: true, signal });
        const raw = connectTcp({ host, port, noDelay: true, signal });
        // The name of a certificate, which an address as such has none for.
        return connectTls({ socket: raw, host, servername: /^[\d.]+$|:/.test(host) ? '' : host, ...files });
      };
      const named = `${settings.ACTIVEMQ_PREFIX}, ${purpose}`;
      return Wire.dial({ ...options, purpose: named, external: files.cert !== undefined, socket }, signal);
    },
  };
}

interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

function tlsFilesOf(settings: ActivemqSettings): TlsFiles {
  return {
    ...read('ca', 'ACTIVEMQ_TLS_CA_PATH', settings),
    ...read('cert', 'ACTIVEMQ_TLS_CERT_PATH', settings),
    ...read('key', 'ACTIVEMQ_TLS_KEY_PATH', settings),
  };
}

type TlsFileSetting = 'ACTIVEMQ_TLS_CA_PATH' | 'ACTIVEMQ_TLS_CERT_PATH' | 'ACTIVEMQ_TLS_KEY_PATH';

function read(option: keyof TlsFiles, setting: TlsFileSetting, settings: ActivemqSettings): TlsFiles {
  const path = settings[setting];
  if (path === undefined) return {};
  try {
    return { [option]: readFileSync(path) };
  } catch (cause) {
    throw new TransportError(`The file ${path} cannot be read. Set ${setting} to one that can.`, { setting, cause });
  }
}
