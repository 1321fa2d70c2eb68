import type { Transport } from '#messaging';
import { TcpProxy } from '../network/tcp-proxy.js';
import type { Faults, Queue } from './subject.js';

/** What a transport goes by to its broker, and the name of its queue. */
export interface Way {
  readonly proxy: TcpProxy;
  readonly queue: string;
}

/** A proxy of its own for each transport that a case makes on a broker, so that one can be cut off alone. */
export class BrokerWays {
  readonly #idle: TcpProxy[] = [];
  readonly #frozen = new Set<TcpProxy>();
  readonly #ways = new Map<Transport, Way>();

  /** For one more transport at a time. */
  add(proxy: TcpProxy): void {
    this.#idle.push(proxy);
  }

  /** For as many more, to that port of 127.0.0.1. */
  async addTo(port: number, count: number): Promise<void> {
    for (let left = count; left > 0; left--) this.add(await TcpProxy.to('127.0.0.1', port));
  }

  /** The transport is to go by the proxy that `make` is given. */
  lead({ name }: Queue, make: (proxy: TcpProxy) => Transport): Transport {
    const proxy = this.#idle.pop();
    if (!proxy) throw new Error(`A case has more transports than there are proxies (${this.#ways.size}).`);
    const transport = make(proxy);
    this.#ways.set(transport, { proxy, queue: name });
    return transport;
  }

  of(transport: Transport): Way {
    const found = this.#ways.get(transport);
    if (!found) throw new Error('The kit breaks a transport that it did not make here.');
    return found;
  }

  transportsOn({ name }: Queue): Transport[] {
    return [...this.#ways].filter(([, { queue }]) => queue === name).map(([transport]) => transport);
  }

  /** The queue is done with: its proxies serve other queues. */
  release(queue: Queue): void {
    for (const transport of this.transportsOn(queue)) {
      const { proxy } = this.of(transport);
      if (this.#frozen.delete(proxy)) {
        // What was closed meanwhile takes a while to be noticed at the other end.
        proxy.cut();
        proxy.thaw();
      }
      this.#ways.delete(transport);
      this.#idle.push(proxy);
    }
  }

  async close(): Promise<void> {
    for (const { proxy } of this.#ways.values()) await proxy.close();
    for (const proxy of this.#idle) await proxy.close();
  }

  readonly faults = {
    cut: async (transport: Transport) => this.of(transport).proxy.cut(),
    freeze: async (transport: Transport) => {
      const { proxy } = this.of(transport);
      proxy.freeze();
      this.#frozen.add(proxy);
      return async () => proxy.thaw();
    },
  } satisfies Faults;
}

interface Stoppable {
  start(): Promise<void>;
  stop(): Promise<void>;
  crash(): Promise<void>;
}

/** What breaks any broker in the same way. */
export function serverFaults(server: () => Stoppable) {
  return {
    stop: async () => {
      await server().stop();
      return () => server().start();
    },
    crash: async () => {
      await server().crash();
      await server().start();
    },
  } satisfies Faults;
}
