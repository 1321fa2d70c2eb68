import { randomUUID } from 'node:crypto';
import { createTestVhost, freePort, NatsServer, sharedActiveMq, sharedKafka } from '#testing';
import { SUBJECT, TRANSPORT } from './transport-under-test.js';

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

  // Its topics stay as long as the run's Kafka does.
  kafka: async () => {
    const place = { KAFKA_BROKERS: await sharedKafka(), KAFKA_PREFIX: `test-${randomUUID()}` };
    return { gateway: place, persistence: () => place, remove: async () => undefined };
  },

  activemq: async () => activeMqQueue(await sharedActiveMq()),

  classic: async () => activeMqQueue(await sharedActiveMq('classic')),

  nats: async () => {
    const server = await NatsServer.start({ settings: NATS_SETTINGS });
    const env = natsEnvironment(server.url);
    return { gateway: env, persistence: () => env, remove: () => server.remove() };
  },
};

/** A body of the largest size, with its attributes. */
export const NATS_SETTINGS = { max_payload: '2MB' };

/** Of every process on a server that writes each message to its disk, as those of the tests do. */
export function natsEnvironment(url: string): Environment {
  return { NATS_URLS: url, NATS_SYNC: 'always' };
}

/** A queue of its own on the transport under test. */
export async function createTestQueue(): Promise<TestQueue> {
  const make = makers[SUBJECT];
  if (!make) throw new Error(`The tests know no transport '${SUBJECT}'.`);
  return withQueries(await make());
}

/** The same queue, and beside it the ways of the queries. */
export async function withQueries(queue: TestQueue): Promise<TestQueue> {
  const ports = await freePorts(PERSISTENCES_MAX);
  const PERSISTENCE_PEERS = ports.map((port) => `127.0.0.1:${port}`).join(',');
  // A process of another test that finds one of these ports is turned away.
  const common = { TRANSPORT, WIRE_TOKEN: randomUUID() };
  return {
    gateway: { ...common, PERSISTENCE_PEERS, ...queue.gateway },
    persistence: (index) => ({ ...common, REQUESTS_PORT: String(ports[index]), ...queue.persistence(index) }),
    remove: () => queue.remove(),
  };
}

/** Its queues stay as long as the run's broker does. */
function activeMqQueue(url: string): TestQueue {
  const settings = { ACTIVEMQ_URLS: url, ACTIVEMQ_PREFIX: `test-${randomUUID()}` };
  return { gateway: settings, persistence: () => settings, remove: async () => undefined };
}

function freePorts(count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, () => freePort()));
}
