import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  NatsConnectionImpl,
  setTransportFactory,
  type ConnectionOptions,
  type NatsConnection,
} from '@nats-io/transport-node';
import { NodeTransport, nodeResolveHost } from '@nats-io/transport-node/lib/node_transport.js';

/** How the socket of a connection gets out of the client, which keeps it to itself. */
interface CableOptions extends ConnectionOptions {
  readonly onCable: (cable: Cable) => void;
}

/**
 * The socket of one connection, which can be broken off at any time. The client alone leaves the socket of a dial that
 * failed open, and waits for a dead peer to take what is unsent before it gives a connection up.
 */
export class Cable extends NodeTransport {
  #severed: Error | undefined;

  /** What this process keeps because the peer does not take it. */
  get unsentBytes(): number {
    return this.socket?.writableLength ?? 0;
  }

  /** Calls back once the peer has taken what is unsent. */
  whenSent(onSent: () => void): void {
    this.socket?.once('drain', onSent);
  }

  sever(reason: string): void {
    this.#severed ??= new Error(reason);
    this.socket?.destroy(this.#severed);
  }

  override connect(host: Parameters<NodeTransport['connect']>[0], options: ConnectionOptions): Promise<void> {
    (options as CableOptions).onCable(this);
    return super.connect(host, options);
  }

  override async dial({ hostname, port }: { hostname: string; port: number }): Promise<Socket> {
    // Known from here on, so that it can be severed before it stands.
    this.socket = connect({ host: hostname, port, noDelay: true });
    if (this.#severed) this.socket.destroy(this.#severed);
    await once(this.socket, 'connect');
    return this.socket;
  }

  /** The client calls it when pings go unanswered. */
  override disconnect(): void {
    this.sever('it does not answer');
  }
}

export interface Connected {
  readonly connection: NatsConnection;
  readonly cable: Cable;
}

/** Connects once, to the one address of the options; rejects as the socket, TLS or the server does. The signal severs it. */
export async function connectByCable(options: ConnectionOptions, signal: AbortSignal): Promise<Connected> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  aborted.catch(() => undefined);
  let cable: Cable | undefined;
  const onAbort = () => {
    cable?.sever('it was broken off');
    reject(new Error('it was broken off'));
  };
  const onCable = (made: Cable) => {
    cable = made;
    if (signal.aborted) onAbort();
  };
  signal.addEventListener('abort', onAbort);
  try {
    setTransportFactory({ factory: () => new Cable(), dnsResolveFn: nodeResolveHost });
    const dialOptions: CableOptions = { ...options, reconnect: false, onCable };
    const connection = await Promise.race([NatsConnectionImpl.connect(dialOptions), aborted]);
    if (!cable) throw new Error('The client has dialled by another way.');
    return { connection, cable };
  } catch (error) {
    signal.removeEventListener('abort', onAbort);
    cable?.sever('it was broken off');
    throw error;
  }
}
