import rhea from 'rhea';
import type { Transport } from '#messaging';
import {
  ActiveMqClassicServer,
  ArtemisServer,
  CAN_FILL_DISK,
  TcpProxy,
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
  readonly #idle: TcpProxy[] = [];
  readonly #frozen = new Set<TcpProxy>();
  readonly #proxies = new Map<Transport, { readonly proxy: TcpProxy; readonly queue: string }>();

  abstract readonly faults: Faults;

  protected abstract startServer(): Promise<Kind>;

  async start(): Promise<void> {
    this.#server = await this.startServer();
    this.#url = this.server.url;
    process.env[KIT_URL] = this.#url;
    while (this.#idle.length < PROXIES) this.#idle.push(await TcpProxy.to('127.0.0.1', this.server.port));
  }

  async end(): Promise<void> {
    for (const { proxy } of this.#proxies.values()) await proxy.close();
    for (const proxy of this.#idle) await proxy.close();
    await this.#server?.remove();
  }

  get server(): Kind {
    if (!this.#server) throw new Error('The broker of the kit has not started.');
    return this.#server;
  }

  readonly create = (queue: Queue): Transport => {
    const proxy = this.#idle.pop();
    if (!proxy) throw new Error(`A case has more than ${PROXIES} transports.`);
    const transport = create(queue, proxy.urlOf(this.#url));
    this.#proxies.set(transport, { proxy, queue: queue.name });
    return transport;
  };

  /** Its queues go with the broker; its proxies serve other queues. */
  readonly remove = async ({ name }: Queue): Promise<void> => {
    for (const [transport, { proxy, queue }] of this.#proxies) {
      if (queue !== name) continue;
      // What was closed meanwhile takes a while to be noticed at the other end.
      if (this.#frozen.delete(proxy)) proxy.cut();
      this.#proxies.delete(transport);
      this.#idle.push(proxy);
    }
  };

  /** What breaks both in the same way. */
  protected readonly common: Faults = {
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
      onWire(this.server.url, async (wire) => {
        const sender = await wire.openSender(queueAt(topologyOf(queue).queueOf(lane)), 1);
        const { promise: taken, resolve } = Promise.withResolvers<void>();
        sender.once('accepted', () => resolve());
        const data = rhea.message.data_section(Buffer.from(body));
        onceSendable(sender, () => sender.send({ durable: true, application_properties: headers, body: data }));
        await taken;
      }),
  };

  #proxyOf(transport: Transport): TcpProxy {
    const found = this.#proxies.get(transport);
    if (!found) throw new Error('The kit breaks a transport that it did not make here.');
    return found.proxy;
  }
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
