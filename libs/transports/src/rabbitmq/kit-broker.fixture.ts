import { connect, type ConfirmChannel } from 'amqplib';
import type { Transport } from '#messaging';
import { BrokerWays, RabbitMqServer, serverFaults, until, type Faults, type Mend, type Queue } from '#testing';
import { create, KIT_URL } from './conformance-subject.js';
import { Topology } from './topology.js';

/** More than the transports of any one case. */
const PROXIES = 48;
const ROOM_TOO_LITTLE = '100000GB';
const ROOM_ENOUGH = '10MB';

/** A broker of the kit's own, each transport behind a proxy of its own, and all that the kit breaks of them. */
export class KitBroker {
  #server: RabbitMqServer | undefined;
  readonly #ways = new BrokerWays();

  async start(): Promise<void> {
    this.#server = await RabbitMqServer.start();
    process.env[KIT_URL] = this.server.url;
    await this.#ways.addTo(this.server.port, PROXIES);
  }

  async end(): Promise<void> {
    await this.#ways.close();
    await this.#server?.remove();
  }

  get server(): RabbitMqServer {
    if (!this.#server) throw new Error('The broker of the kit has not started.');
    return this.#server;
  }

  readonly create = (queue: Queue): Transport =>
    this.#ways.lead(queue, (proxy) => create(queue, proxy.urlOf(this.server.url)));

  /** Deletes what the queue is made of; its proxies serve other queues. */
  readonly remove = async (queue: Queue): Promise<void> => {
    this.#ways.release(queue);
    const { commands, notices, presence, queues, marks } = named(queue);
    await this.#onChannel(async (channel) => {
      for (const name of [...marks, ...queues]) await channel.deleteQueue(name);
      for (const name of [commands, notices, presence]) await channel.deleteExchange(name);
    });
  };

  readonly faults: Faults = {
    ...serverFaults(() => this.server),
    ...this.#ways.faults,
    inject: (queue, lane, body, headers) =>
      this.#onChannel(async (channel) => {
        channel.publish(named(queue).commands, String(lane), Buffer.from(body), { headers, persistent: true });
        await channel.waitForConfirms();
      }),
    unbind: (queue) => this.#unbind(queue),
    lockOut: async () => {
      await this.server.ctl('change_password', 'guest', 'another');
      return () => this.#ctl('change_password', 'guest', 'guest');
    },
    fillDisk: async (queue) => {
      await this.server.ctl('set_disk_free_limit', ROOM_TOO_LITTLE);
      // The broker tells a connection when that sends something, which announcing itself does.
      const blocked = () => this.#ways.transportsOn(queue).every(({ health }) => health.state.status === 'blocked');
      await until(blocked, 'every transport knows that the broker takes nothing in');
      return () => this.#ctl('set_disk_free_limit', ROOM_ENOUGH);
    },
  };

  async #unbind(queue: Queue): Promise<Mend> {
    const { commands, queues } = named(queue);
    await this.#onChannel(async (channel) => {
      for (const [lane, name] of queues.entries()) await channel.unbindQueue(name, commands, String(lane));
    });
    return () =>
      this.#onChannel(async (channel) => {
        for (const [lane, name] of queues.entries()) await channel.bindQueue(name, commands, String(lane));
      });
  }

  async #ctl(...args: string[]): Promise<void> {
    await this.server.ctl(...args);
  }

  async #onChannel(use: (channel: ConfirmChannel) => Promise<void>): Promise<void> {
    const connection = await connect(this.server.url);
    try {
      await use(await connection.createConfirmChannel());
    } finally {
      await connection.close();
    }
  }
}

function named({ name, lanes }: Queue) {
  const topology = new Topology({ prefix: name, lanes, laneCountMax: 1, laneBytesMax: 1, replicas: undefined });
  const { commands, notices, presence, laneCountMark, lastMark } = topology;
  const queues = Array.from({ length: lanes }, (_, lane) => topology.queueOf(lane));
  return { commands, notices, presence, queues, marks: [laneCountMark, lastMark] };
}
