import { freePort, type OwnServer, TcpProxy } from '#testing';
import { BROKERED, type BrokerWay, startBrokenBroker } from '../product/broken-broker.js';
import { withQueries, type TestQueue } from '../product/queue.js';
import { APART } from '../product/transport-under-test.js';
import { PERSISTENCES, times } from './size.js';

/** A queue whose every connection goes by a proxy. */
export interface OpenQueue {
  readonly queue: TestQueue;
  /** By what a reader calls where they lead. */
  readonly ways: Readonly<Record<string, TcpProxy>>;
  readonly broker?: OwnServer;
}

const TO_PEER = times(PERSISTENCES).map((index) => `gateways to persistence ${index}`);
const FROM_GATEWAYS = 'gateways to broker';
const FROM_PERSISTENCES = 'persistences to broker';

/** Of the ways of the queue under test, known before there is one. */
export const WAY_NAMES: readonly string[] = BROKERED ? [FROM_GATEWAYS, FROM_PERSISTENCES] : APART ? TO_PEER : [];

export async function createOpenQueue(): Promise<OpenQueue> {
  const made = BROKERED ? await byBroker() : APART ? await byLinks() : inOneProcess();
  return { ...made, queue: await withQueries(made.queue) };
}

function inOneProcess(): OpenQueue {
  return { queue: { gateway: {}, persistence: () => ({}), remove: async () => undefined }, ways: {} };
}

async function byLinks(): Promise<OpenQueue> {
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
    ways: Object.fromEntries(proxies.map((proxy, index) => [TO_PEER[index]!, proxy])),
  };
}

async function byBroker(): Promise<OpenQueue> {
  const { server, ways, remove } = await startBrokenBroker(2);
  const [front, back] = ways as [BrokerWay, BrokerWay];
  return {
    queue: { gateway: front.environment, persistence: () => back.environment, remove },
    ways: { [FROM_GATEWAYS]: front.proxy, [FROM_PERSISTENCES]: back.proxy },
    broker: server,
  };
}
