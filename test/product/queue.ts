import { createTestVhost, freePort } from '#testing';
import { TRANSPORT } from './transport-under-test.js';

type Environment = Record<string, string>;

/** A queue of the transport under test, as the settings of the processes that share it. */
export interface TestQueue {
  readonly gateway: Environment;
  /** Of the persistence process with that number, from 0 on. */
  persistence(index: number): Environment;
  remove(): Promise<void>;
}

/** The most persistence processes that one installation of the tests has at a time. */
const PERSISTENCES_MAX = 3;

const makers: Readonly<Record<string, () => Promise<TestQueue>>> = {
  'in-process': async () => ({ gateway: {}, persistence: () => ({}), remove: async () => undefined }),

  tcp: async () => {
    const ports = await freePorts(PERSISTENCES_MAX);
    const TCP_PEERS = ports.map((port) => `127.0.0.1:${port}`).join(',');
    return {
      gateway: { TCP_PEERS },
      persistence: (index) => ({ TCP_PORT: String(ports[index]) }),
      remove: async () => undefined,
    };
  },

  rabbitmq: async () => {
    const vhost = await createTestVhost();
    const RABBITMQ_URLS = vhost.url;
    return { gateway: { RABBITMQ_URLS }, persistence: () => ({ RABBITMQ_URLS }), remove: () => vhost.remove() };
  },
};

/** A queue of its own on the transport under test. */
export async function createTestQueue(): Promise<TestQueue> {
  const make = makers[TRANSPORT];
  if (!make) throw new Error(`The tests know no transport '${TRANSPORT}'.`);
  return withQueries(await make());
}

/** The same queue, and beside it the ways of the queries. */
export async function withQueries(queue: TestQueue): Promise<TestQueue> {
  const ports = await freePorts(PERSISTENCES_MAX);
  const PERSISTENCE_PEERS = ports.map((port) => `127.0.0.1:${port}`).join(',');
  return {
    gateway: { TRANSPORT, PERSISTENCE_PEERS, ...queue.gateway },
    persistence: (index) => ({ TRANSPORT, REQUESTS_PORT: String(ports[index]), ...queue.persistence(index) }),
    remove: () => queue.remove(),
  };
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
