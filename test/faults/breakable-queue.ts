import { freePort, type OwnServer, TcpProxy } from '#testing';
import { BROKERED, type BrokerWay, startBrokenBroker } from '../product/broken-broker.js';
import { withQueries, type TestQueue } from '../product/queue.js';
import { APART } from '../product/transport-under-test.js';

/** Ends a disruption that has begun. */
export type Mend = () => Promise<void>;

/** A queue, and what may happen to the way between gateway and persistence. */
export interface BreakableQueue extends TestQueue {
  /** By what a reader calls it. */
  readonly disruptions: Readonly<Record<string, () => Promise<Mend>>>;
}

/** The network between gateway and one persistence process breaks. */
async function breakableNetwork(): Promise<BreakableQueue> {
  const port = await freePort();
  const proxy = await TcpProxy.to('127.0.0.1', port);
  return {
    gateway: { TCP_PEERS: `${proxy.host}:${proxy.port}` },
    persistence: () => ({ TCP_PORT: String(port) }),
    disruptions: disruptionsOf(proxy),
    remove: () => proxy.close(),
  };
}

/** The network to the broker breaks, for both sides, and so does the broker itself. */
async function breakableBroker(): Promise<BreakableQueue> {
  const { server, ways, remove } = await startBrokenBroker(1);
  const [{ proxy, environment }] = ways as [BrokerWay];
  return {
    gateway: environment,
    persistence: () => environment,
    disruptions: { ...disruptionsOf(proxy), ...disruptionsOfBroker(server) },
    remove,
  };
}

function disruptionsOfBroker(server: OwnServer): BreakableQueue['disruptions'] {
  return {
    'the broker is killed, and started later': async () => {
      await server.crash();
      return () => server.start();
    },
    'the broker is restarted in order': async () => {
      await server.stop();
      return () => server.start();
    },
    'the broker freezes': async () => {
      server.freeze();
      return async () => server.thaw();
    },
  };
}

function disruptionsOf(proxy: TcpProxy): BreakableQueue['disruptions'] {
  return {
    'connections are cut': async () => {
      proxy.cut();
      return async () => undefined;
    },
    'connections are cut and refused for a while': async () => {
      await proxy.refuse();
      return () => proxy.restore();
    },
    'connections go silent without an end': async () => {
      proxy.freeze();
      return async () => proxy.thaw();
    },
  };
}

/** What can be broken on the transport under test, known before there is a queue. */
export const DISRUPTIONS: readonly string[] = [
  'connections are cut',
  'connections are cut and refused for a while',
  'connections go silent without an end',
  ...(BROKERED
    ? ['the broker is killed, and started later', 'the broker is restarted in order', 'the broker freezes']
    : []),
];

export async function createBreakableQueue(): Promise<BreakableQueue> {
  if (!APART) throw new Error('Nothing lies between gateway and persistence in one process that could be broken.');
  const { disruptions, ...queue } = BROKERED ? await breakableBroker() : await breakableNetwork();
  return { ...(await withQueries(queue)), disruptions };
}
