import { TransportError } from '#messaging';
import { behindSpool } from './failover/index.js';
import type { TransportPlugin } from './plugin.js';

export type { Installation, Roles, TransportPlugin } from './plugin.js';

/** Each loads its folder, with its broker's client, only when it is chosen. A broker has the spool before it. */
const loaders: Readonly<Record<string, () => Promise<TransportPlugin>>> = {
  'in-process': async () => (await import('./in-process/index.js')).inProcess as TransportPlugin,
  tcp: async () => (await import('./tcp/index.js')).tcp as TransportPlugin,
  rabbitmq: async () => behindSpool((await import('./rabbitmq/index.js')).rabbitmq) as TransportPlugin,
  kafka: async () => behindSpool((await import('./kafka/index.js')).kafka) as TransportPlugin,
  activemq: async () => behindSpool((await import('./activemq/index.js')).activemq) as TransportPlugin,
  nats: async () => behindSpool((await import('./nats/index.js')).nats) as TransportPlugin,
};

export const transportNames: readonly string[] = Object.keys(loaders);

/** Rejects with a `TransportError` that lists the known names. */
export async function loadTransport(name: string): Promise<TransportPlugin> {
  const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  if (!load) {
    throw new TransportError(
      `There is no transport '${name}'. Set TRANSPORT to one of: ${transportNames.join(', ')}.`,
      {
        setting: 'TRANSPORT',
      },
    );
  }
  return load();
}
