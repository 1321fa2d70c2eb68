import { headers as emptyHeaders, type NatsConnection } from '@nats-io/transport-node';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { Transport } from '#messaging';
import { ACCOUNT, CAN_FILL_DISK, NatsServer, TcpProxy, type Faults, type Mend, type Queue } from '#testing';
import { create, KIT_URL } from './conformance-subject.js';
import { connected } from './nats.fixture.js';
import { Topology } from './topology.js';

/** More than the transports of any one case. */
const PROXIES = 48;
const DISK_MEBIBYTES = 768;

/** A server of the kit's own, each transport behind a proxy of its own, and all that the kit breaks of them. */
export class KitBroker {
  #server: NatsServer | undefined;
  /** With the credentials that the server takes but while it locks out. */
  #url = '';
  readonly #idle: TcpProxy[] = [];
  readonly #frozen = new Set<TcpProxy>();
  readonly #proxies = new Map<Transport, { readonly proxy: TcpProxy; readonly queue: string }>();

  async start(): Promise<void> {
    // A body of the largest size, with all that its attributes may take up.
    const settings = { max_payload: '2MB' };
    this.#server = await NatsServer.start({ settings, ...(CAN_FILL_DISK && { diskMebibytes: DISK_MEBIBYTES }) });
    this.#url = this.server.url;
    process.env[KIT_URL] = this.#url;
    while (this.#idle.length < PROXIES) this.#idle.push(await TcpProxy.to('127.0.0.1', this.server.port));
  }

  async end(): Promise<void> {
    for (const { proxy } of this.#proxies.values()) await proxy.close();
    for (const proxy of this.#idle) await proxy.close();
    await this.#server?.remove();
  }

  get server(): NatsServer {
    if (!this.#server) throw new Error('The server of the kit has not started.');
    return this.#server;
  }

  readonly create = (queue: Queue): Transport => {
    const proxy = this.#idle.pop();
    if (!proxy) throw new Error(`A case has more than ${PROXIES} transports.`);
    const transport = create(queue, proxy.urlOf(this.#url));
    this.#proxies.set(transport, { proxy, queue: queue.name });
    return transport;
  };

  /** Deletes what the queue is made of; its proxies serve other queues. */
  readonly remove = async (queue: Queue): Promise<void> => {
    for (const [transport, { proxy, queue: name }] of this.#proxies) {
      if (name !== queue.name) continue;
      // What was closed meanwhile takes a while to be noticed at the other end.
      if (this.#frozen.delete(proxy)) proxy.cut();
      this.#proxies.delete(transport);
      this.#idle.push(proxy);
    }
    const { streams, leases } = topologyOf(queue);
    await this.#managing(async (manager) => {
      for (const stream of [...streams, leases]) await manager.streams.delete(stream).catch(() => undefined);
    });
  };

  readonly faults: Faults = {
    stop: async () => {
      await this.server.stop();
      return () => this.server.start();
    },
    crash: async () => {
      await this.server.crash();
      await this.server.start();
    },
    cut: async (transport) => this.#proxyOf(transport).cut(),
    freeze: async (transport) => {
      const proxy = this.#proxyOf(transport);
      proxy.freeze();
      this.#frozen.add(proxy);
      return async () => proxy.thaw();
    },
    inject: (queue, lane, body, headers) =>
      this.#connected(async (connection) => {
        const written = emptyHeaders();
        for (const [name, value] of Object.entries(headers)) written.append(name, value);
        await jetstream(connection).publish(topologyOf(queue).subjectOf(lane), body, { headers: written });
      }),
    unbind: (queue) => this.#unbind(queue),
    lockOut: async () => {
      await this.server.setAccount({ ...ACCOUNT, password: 'another' });
      return () => this.server.setAccount(ACCOUNT);
    },
    ...(CAN_FILL_DISK && { fillDisk: () => this.#fillDisk() }),
  };

  /** A server that finds its disk full turns JetStream off until it is started again. */
  async #fillDisk(): Promise<Mend> {
    await this.server.disk?.fill();
    return async () => {
      await this.server.disk?.empty();
      await this.server.stop();
      await this.server.start();
    };
  }

  async #unbind(queue: Queue): Promise<Mend> {
    const { streams } = topologyOf(queue);
    const subjectsOf = new Map<string, string[]>();
    await this.#managing(async (manager) => {
      for (const stream of streams) {
        subjectsOf.set(stream, (await manager.streams.info(stream)).config.subjects);
        await manager.streams.update(stream, { subjects: [`elsewhere.${stream}`] });
      }
    });
    return () =>
      this.#managing(async (manager) => {
        for (const [stream, subjects] of subjectsOf) await manager.streams.update(stream, { subjects });
      });
  }

  async #managing(use: (manager: JetStreamManager) => Promise<void>): Promise<void> {
    await this.#connected(async (connection) => use(await jetstreamManager(connection)));
  }

  #connected(use: (connection: NatsConnection) => Promise<void>): Promise<void> {
    return connected(this.server.url, use);
  }

  #proxyOf(transport: Transport): TcpProxy {
    const found = this.#proxies.get(transport);
    if (!found) throw new Error('The kit breaks a transport that it did not make here.');
    return found.proxy;
  }
}

function topologyOf({ name, lanes }: Queue): Topology {
  return new Topology({ prefix: name, lanes, laneCountMax: 1, laneBytesMax: 1, replicas: 1 });
}
