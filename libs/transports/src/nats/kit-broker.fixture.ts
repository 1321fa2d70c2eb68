import { headers as emptyHeaders, type NatsConnection } from '@nats-io/transport-node';
import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { Transport } from '#messaging';
import {
  ACCOUNT,
  BrokerWays,
  CAN_FILL_DISK,
  NatsServer,
  serverFaults,
  type Faults,
  type Mend,
  type Queue,
} from '#testing';
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
  readonly #ways = new BrokerWays();

  async start(): Promise<void> {
    // A body of the largest size, with all that its attributes may take up.
    const settings = { max_payload: '2MB' };
    this.#server = await NatsServer.start({ settings, ...(CAN_FILL_DISK && { diskMebibytes: DISK_MEBIBYTES }) });
    this.#url = this.server.url;
    process.env[KIT_URL] = this.#url;
    await this.#ways.addTo(this.server.port, PROXIES);
  }

  async end(): Promise<void> {
    await this.#ways.close();
    await this.#server?.remove();
  }

  get server(): NatsServer {
    if (!this.#server) throw new Error('The server of the kit has not started.');
    return this.#server;
  }

  readonly create = (queue: Queue): Transport =>
    this.#ways.lead(queue, (proxy) => create(queue, proxy.urlOf(this.#url)));

  /** Deletes what the queue is made of; its proxies serve other queues. */
  readonly remove = async (queue: Queue): Promise<void> => {
    this.#ways.release(queue);
    const { streams, leases } = topologyOf(queue);
    await this.#managing(async (manager) => {
      for (const stream of [...streams, leases]) await manager.streams.delete(stream).catch(() => undefined);
    });
  };

  readonly faults: Faults = {
    ...serverFaults(() => this.server),
    ...this.#ways.faults,
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
}

function topologyOf({ name, lanes }: Queue): Topology {
  return new Topology({ prefix: name, lanes, laneCountMax: 1, laneBytesMax: 1, replicas: 1 });
}
