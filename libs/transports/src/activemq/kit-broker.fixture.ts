import rhea from 'rhea';
import type { Transport } from '#messaging';
import {
  ActiveMqClassicServer,
  ArtemisServer,
  BrokerWays,
  CAN_FILL_DISK,
  serverFaults,
  type Faults,
  type Mend,
  type Queue,
} from '#testing';
import { create, KIT_URL } from './conformance-subject.js';
import { manage, onWire } from './plain-client.fixture.js';
import { queue as queueAt, Topology } from './topology.js';
import { onceSendable } from './wire.js';

/** More than the transports of any one case. */
const PROXIES = 48;
/** A frozen process is given up after about so long, in milliseconds. */
const SILENCE_MS = '16000';
/** Enough for the journal's files. */
const DISK_MEBIBYTES = 512;
/** From here on Artemis takes nothing in, with room left for what its clients may still send. */
const DISK_USAGE_MOST = 0.7;
const ROOM_TOO_LITTLE = Math.floor(0.28 * DISK_MEBIBYTES) * 1024 ** 2;
/** A share of the disk: only such a bound grows again when there is room again. */
const CLASSIC_STORE = 'percentLimit="75"';
const CLASSIC_ROOM = 48 * 1024 ** 2;

const DISK = CAN_FILL_DISK ? { diskMebibytes: DISK_MEBIBYTES } : {};

type Server = ArtemisServer | ActiveMqClassicServer;

/** A broker of the kit's own, each transport behind a proxy of its own, and all that the kit breaks of them. */
export abstract class KitBroker<Kind extends Server> {
  #server: Kind | undefined;
  /** With the credentials of its start, whatever it asks for later. */
  #url = '';
  readonly #ways = new BrokerWays();

  abstract readonly faults: Faults;

  protected abstract startServer(): Promise<Kind>;

  async start(): Promise<void> {
    this.#server = await this.startServer();
    this.#url = this.server.url;
    process.env[KIT_URL] = this.#url;
    await this.#ways.addTo(this.server.port, PROXIES);
  }

  async end(): Promise<void> {
    await this.#ways.close();
    await this.#server?.remove();
  }

  get server(): Kind {
    if (!this.#server) throw new Error('The broker of the kit has not started.');
    return this.#server;
  }

  readonly create = (queue: Queue): Transport =>
    this.#ways.lead(queue, (proxy) => create(queue, proxy.urlOf(this.#url)));

  /** Its queues go with the broker; its proxies serve other queues. */
  readonly remove = async (queue: Queue): Promise<void> => this.#ways.release(queue);

  /** What breaks both in the same way. */
  protected readonly common: Faults = {
    ...serverFaults(() => this.server),
    ...this.#ways.faults,
    inject: (queue, lane, body, headers) =>
      onWire(this.server.url, async (wire) => {
        const sender = await wire.openSender(queueAt(topologyOf(queue).queueOf(lane)), 1);
        const { promise: taken, resolve } = Promise.withResolvers<void>();
        sender.once('accepted', () => resolve());
        const data = rhea.message.data_section(Buffer.from(body));
        onceSendable(sender, () => sender.send({ durable: true, application_properties: headers, body: data }));
        await taken;
      }),
  };
}

export class KitArtemis extends KitBroker<ArtemisServer> {
  readonly faults: Faults = {
    ...this.common,
    unbind: (queue) => this.#unbind(queue),
    lockOut: async () => {
      const { account } = this.server;
      await this.server.setAccount({ ...account, password: 'another' });
      return () => this.server.setAccount(account);
    },
    ...(CAN_FILL_DISK && { fillDisk: () => this.#fillDisk() }),
  };

  protected startServer(): Promise<ArtemisServer> {
    // Whom it let in it would let in again for some seconds, whatever the password is by then.
    const coreSettings = {
      'connection-ttl-override': SILENCE_MS,
      'authentication-cache-size': '0',
      'max-disk-usage': String(100 * DISK_USAGE_MOST),
    };
    return ArtemisServer.start({ ...DISK, coreSettings });
  }

  /** Up to its own bound: where it cannot write at all it ends itself. */
  async #fillDisk(): Promise<Mend> {
    const { disk } = this.server;
    await disk?.fill(ROOM_TOO_LITTLE);
    return async () => disk?.empty();
  }

  async #unbind(queue: Queue): Promise<Mend> {
    for (const name of topologyOf(queue).queues) await manage(this.server.url, 'destroyQueue', name, true);
    // Whoever opens declares what is missing.
    return async () => {
      const mending = create(queue, this.server.url);
      await mending.open();
      await mending.close(1_000);
    };
  }
}

export class KitClassic extends KitBroker<ActiveMqClassicServer> {
  readonly faults: Faults = {
    ...this.common,
    lockOut: async () => {
      const { account } = this.server;
      await this.#restartWith({ ...account, password: 'another' });
      return () => this.#restartWith(account);
    },
    ...(CAN_FILL_DISK && { fillDisk: () => this.#fillDisk() }),
  };

  protected startServer(): Promise<ActiveMqClassicServer> {
    // It writes what comes by one connection message by message, so that a flood on a slow disk takes minutes.
    const attributes = { schedulePeriodForDiskUsageCheck: '500', diskUsageCheckRegrowThreshold: '1' };
    return ActiveMqClassicServer.start({ ...DISK, storeUsage: CLASSIC_STORE, attributes });
  }

  /** Up to its own bound, which follows the room on the disk. */
  async #fillDisk(): Promise<Mend> {
    const { disk } = this.server;
    await disk?.fill(CLASSIC_ROOM);
    return async () => disk?.empty();
  }

  /** Classic reads its users when it starts. */
  async #restartWith(account: ActiveMqClassicServer['account']): Promise<void> {
    this.server.setAccount(account);
    await this.server.stop();
    await this.server.start();
  }
}

function topologyOf({ name, lanes }: Queue): Topology {
  return new Topology(name, lanes);
}
