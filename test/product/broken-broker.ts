import {
  ActiveMqClassicServer,
  ArtemisServer,
  freePort,
  KafkaServer,
  NatsServer,
  type OwnServer,
  RabbitMqServer,
  TcpProxy,
} from '#testing';
import { NATS_SETTINGS, natsEnvironment } from './queue.js';
import { SUBJECT } from './transport-under-test.js';

type Environment = Record<string, string>;

/** A way to a broker that can be broken, and the settings of a process that takes it. */
export interface BrokerWay {
  readonly proxy: TcpProxy;
  readonly environment: Environment;
}

/** A broker of a test's own, of which itself and each way to it can be broken. */
export interface BrokenBroker {
  readonly server: OwnServer;
  readonly ways: readonly BrokerWay[];
  readonly remove: () => Promise<void>;
}

/** After so long a broker gives the lanes of a silent process to another: half of what the tests wait. */
const SILENCE_MS = 10_000;

const makers: Readonly<Record<string, (count: number) => Promise<BrokenBroker>>> = {
  rabbitmq: async (count) => behind(await RabbitMqServer.start(), count, (url) => ({ RABBITMQ_URLS: url })),

  /** A client goes where the broker tells it to, which is its proxy. */
  kafka: async (count) => {
    const doors = await Promise.all(
      Array.from({ length: count }, async () => {
        const port = await freePort();
        const proxy = await TcpProxy.to('127.0.0.1', port);
        return { port, proxy, advertisedPort: proxy.port };
      }),
    );
    const server = await KafkaServer.start({ doors });
    const ways = doors.map(({ proxy }) => ({ proxy, environment: { KAFKA_BROKERS: `${proxy.host}:${proxy.port}` } }));
    return brokenBroker(server, ways);
  },

  activemq: async (count) => {
    const coreSettings = { 'connection-ttl-override': String(SILENCE_MS) };
    return behind(await ArtemisServer.start({ coreSettings }), count, (url) => ({ ACTIVEMQ_URLS: url }));
  },

  classic: async (count) => {
    const server = await ActiveMqClassicServer.start({ silenceMs: SILENCE_MS });
    return behind(server, count, (url) => ({ ACTIVEMQ_URLS: url }));
  },

  nats: async (count) => behind(await NatsServer.start({ settings: NATS_SETTINGS }), count, natsEnvironment),
};

/** Whether a broker lies between gateway and persistence on the transport under test. */
export const BROKERED = makers[SUBJECT] !== undefined;

/** Of the transport under test, with that many ways to it. */
export async function startBrokenBroker(ways: number): Promise<BrokenBroker> {
  const make = makers[SUBJECT];
  if (!make) throw new Error(`The tests know no broker of '${SUBJECT}'.`);
  return make(ways);
}

async function behind(
  server: OwnServer & { readonly url: string; readonly port: number },
  count: number,
  environmentOf: (url: string) => Environment,
): Promise<BrokenBroker> {
  const proxies = await Promise.all(Array.from({ length: count }, () => TcpProxy.to('127.0.0.1', server.port)));
  const ways = proxies.map((proxy) => ({ proxy, environment: environmentOf(proxy.urlOf(server.url)) }));
  return brokenBroker(server, ways);
}

function brokenBroker(server: OwnServer, ways: readonly BrokerWay[]): BrokenBroker {
  return {
    server,
    ways,
    remove: async () => {
      for (const { proxy } of ways) await proxy.close();
      await server.remove();
    },
  };
}
