import { connect, type ChannelModel } from 'amqplib';
import type { Condition, Endpoint, Line } from '../supervised-connection.js';
import { tlsFilesOf } from '../tls-files.js';
import { readFramesOf } from './frame-reader.js';
import { gatherWrites } from './gather-writes.js';
import { refusalOf } from './refusal.js';
import type { RabbitmqSettings } from './settings.js';

const SECOND_MS = 1_000;

/** A connection as the client has it. */
export class RabbitmqLine implements Line {
  readonly model: ChannelModel;
  readonly lost: Promise<unknown>;
  readonly #endpoint: string;

  constructor(model: ChannelModel, endpoint: string) {
    this.model = model;
    this.#endpoint = endpoint;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    let cause: unknown;
    model.on('error', (error) => (cause ??= error));
    model.on('close', (error) => resolve(cause ?? error));
    this.lost = promise;
  }

  goodbye(): void {
    // It rejects where the connection is closed already, which `lost` has told.
    this.model.close().catch(() => undefined);
  }

  watchCondition(onChange: (condition: Condition) => void): void {
    this.model.on('blocked', (why) => {
      const reason = `The broker at ${this.#endpoint} takes nothing in (${why || 'an alarm'}): it needs memory or disk.`;
      onChange({ status: 'blocked', reason });
    });
    this.model.on('unblocked', () => onChange({ status: 'up' }));
  }
}

/** The addresses of RABBITMQ_URLS, in their order. */
export function endpointsOf(settings: RabbitmqSettings): Endpoint<RabbitmqLine>[] {
  return settings.RABBITMQ_URLS.map((url) => endpointOf(new URL(url), settings));
}

function endpointOf(url: URL, settings: RabbitmqSettings): Endpoint<RabbitmqLine> {
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
  const name = `${url.hostname}:${port}`;
  return {
    name,
    refusalOf: (cause) => refusalOf(cause, { name, vhost }),
    async dial(purpose, signal) {
      // Read each time, so that renewed certificates serve the next connection.
      const files = tls ? tlsFilesOf('RABBITMQ', settings) : {};
      const socket = { noDelay: true, timeout: settings.RABBITMQ_CONNECT_MS, signal };
      const clientProperties = { connection_name: `${settings.RABBITMQ_PREFIX}, ${purpose}` };
      const model = await connect(address, { ...files, ...socket, clientProperties });
      gatherWrites(model);
      readFramesOf(model);
      return new RabbitmqLine(model, name);
    },
  };
}
