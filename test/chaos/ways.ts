import { freePort, RabbitMqServer, TcpProxy } from '#testing';
import { withQueries, type TestQueue } from '../product/queue.js';
import { TRANSPORT } from '../product/transport-under-test.js';
import { PERSISTENCES, times } from './size.js';

/** A queue whose every connection goes by a proxy. */
export interface OpenQueue {
  readonly queue: TestQueue;
  /** By what a reader calls where they lead. */
  readonly ways: Readonly<Record<string, TcpProxy>>;
  readonly broker?: RabbitMqServer;
}

const makers: Readonly<Record<string, () => Promise<OpenQueue>>> = {
  'in-process': async () => ({
    queue: { gateway: {}, persistence: () => ({}), remove: async () => undefined },
    ways: {},
  }),

  tcp: async () => {
    const ports = await Promise.all(times(PERSISTENCES).map(() => freePort()));
    const proxies = await Promise.all(ports.map((port) => TcpProxy.to('127.0.0.1', port)));
    return {
      queue: {
        gateway: { TCP_PEERS: proxies.map(({ host, port }) => `${host}:${port}`).join(',') },
        persistence: (index) => ({ TCP_PORT: String(ports[index]) }),
        remove: async () => {
          for (const proxy of proxies) await proxy.close();
        },
      },
      ways: Object.fromEntries(proxies.map((proxy, index) => [`gateways to persistence ${index}`, proxy])),
    };
  },

  rabbitmq: async () => {
    const broker = await RabbitMqServer.start();
    const [front, back] = [await TcpProxy.to('127.0.0.1', broker.port), await TcpProxy.to('127.0.0.1', broker.port)];
    return {
      queue: {
        gateway: { RABBITMQ_URLS: front.urlOf(broker.url) },
        persistence: () => ({ RABBITMQ_URLS: back.urlOf(broker.url) }),
        remove: async () => {
          await front.close();
          await back.close();
          await broker.remove();
        },
      },
      ways: { 'gateways to broker': front, 'persistences to broker': back },
      broker,
    };
  },
};

export async function createOpenQueue(): Promise<OpenQueue> {
  const make = makers[TRANSPORT];
  if (!make) throw new Error(`Chaos knows no transport '${TRANSPORT}'.`);
  const made = await make();
  return { ...made, queue: await withQueries(made.queue) };
}
