import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Endpoint } from '../supervised-connection.js';
import { tlsFilesOf } from '../tls-files.js';
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
      const files = tls ? tlsFilesOf('ACTIVEMQ', settings) : {};
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
