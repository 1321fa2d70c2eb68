import { TransportError } from '#messaging';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';

import { FramedSocket } from './framed-socket.js';
import type { LinkIdentity } from './greeting.js';
import { hostPortText } from './host-list.js';
import { LINK_LIMITS, type LinkLimits } from './limits.js';
import type { Link, LinkListener } from './link.js';
import { readTlsFiles, type LinkSecurity, type TlsFiles, type TlsPaths } from './security.js';

/** Connections at the same time; more are turned away, so that nobody uses up this process's files. */
const CONNECTIONS_MAX = 1_024;

export interface LinkServerOptions extends Omit<LinkIdentity, 'token'> {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** The setting that the port comes from, for messages. */
  readonly portSetting: string;
  readonly security?: LinkSecurity;
  readonly limits?: Partial<LinkLimits>;
  /** Hears of every connection that said something and never became a link, and of TLS files that cannot be used; for the log. */
  readonly onRefused?: (peer: string, reason: string) => void;
}

/**
 * Listens for links. Beside Nest's `ServerTCP`, not on top of it: that one destroys its sockets when it closes, so nothing in
 * hand could end, keeps the certificate that it started with, and turns every error of a socket into a line of its own log.
 */
export class LinkServer {
  readonly #options: LinkServerOptions;
  readonly #listener: LinkListener;
  readonly #links = new Set<FramedSocket>();
  readonly #sockets = new Set<FramedSocket>();
  readonly #server: Server;
  #tlsFiles: TlsFiles | undefined;
  #closing = false;
  #closed: Promise<void> | undefined;

  /** Throws a `TransportError` when a TLS file cannot be used. */
  constructor(options: LinkServerOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    const tls = options.security?.tls;
    this.#server = tls === undefined ? createServer((socket) => this.#take(socket)) : this.#secureServer(tls);
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.on('drop', (data) =>
      this.#refuse(`${data?.remoteAddress}:${data?.remotePort}`, `there are ${CONNECTIONS_MAX} connections already`),
    );
  }

  /** Those that are open. */
  get links(): readonly Link[] {
    return [...this.#links];
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? this.#options.port;
  }

  /** Rejects with a `TransportError` that names the port's setting. */
  async listen(): Promise<void> {
    const { host, port, portSetting } = this.#options;
    try {
      this.#server.listen(port, host);
      await once(this.#server, 'listening');
      this.#server.on('error', (error) => this.#refuse(hostPortText({ host, port }), error.message));
    } catch (cause) {
      const why = (cause as Error).message;
      const message = `Cannot listen on ${hostPortText({ host, port })}: ${why}. Free the port, or set another ${portSetting}.`;
      throw new TransportError(message, { setting: portSetting, cause });
    }
  }

  /** Tells every other end that this process is going, also those that come from now on. Takes links until `close`. */
  drain(): void {
    this.#closing = true;
    for (const link of this.#links) link.drain();
  }

  /** Idempotent. Ends every link in order and stops listening; resolves when all is closed. */
  close(reason?: string): Promise<void> {
    return (this.#closed ??= this.#close(reason));
  }

  async #close(reason?: string): Promise<void> {
    this.#closing = true;
    const closed: Promise<unknown>[] = [...this.#sockets].map(
      ({ netSocket }) => new Promise((resolve) => netSocket.once('close', resolve)),
    );
    if (this.#server.listening) closed.push(once(this.#server, 'close'));
    this.#server.close();
    for (const socket of this.#sockets) socket.close(reason);
    await Promise.all(closed);
  }

  #take(socket: Socket): void {
    const { service, greeting, security, limits } = this.#options;
    const framed = new FramedSocket(socket, {
      identity: { service, greeting, token: security?.token },
      ...(limits && { limits }),
      listener: {
        ...forwarded(this.#listener),
        onOpen: (link) => {
          this.#links.add(framed);
          if (this.#closing) framed.drain();
          this.#listener.onOpen(link);
        },
        onClosed: (link, reason) => {
          this.#sockets.delete(framed);
          if (this.#links.delete(framed)) this.#listener.onClosed(link, reason);
          // Who says nothing and goes is somebody's health check, and no news.
          else if (socket.bytesRead > 0) this.#refuse(link.peer, reason);
        },
      },
    });
    this.#sockets.add(framed);
  }

  #refuse(peer: string, reason: string): void {
    this.#options.onRefused?.(peer, reason);
  }

  #secureServer(paths: TlsPaths): TlsServer {
    this.#tlsFiles = readTlsFiles(paths);
    const { greetingMs } = { ...LINK_LIMITS, ...this.#options.limits };
    const server = usable(() =>
      createTlsServer(
        { ...this.#tlsFiles, ...clientsNeedCertificates(paths), handshakeTimeout: greetingMs },
        (socket) => this.#take(socket),
      ),
    );
    // Before the server's own listener, which begins the handshake with the files of that moment.
    server.prependListener('connection', () => this.#renew(server, paths));
    server.on('tlsClientError', (error, socket) => {
      this.#refuse(`${socket.remoteAddress}:${socket.remotePort}`, `the TLS handshake failed: ${error.message}`);
    });
    return server;
  }

  /** A file that is half written or gone leaves the certificate that is in use. */
  #renew(server: TlsServer, paths: TlsPaths): void {
    try {
      const files = readTlsFiles(paths);
      if (sameFiles(files, this.#tlsFiles)) return;
      server.setSecureContext({ ...files });
      this.#tlsFiles = files;
    } catch (error) {
      this.#refuse('this end', `the renewed TLS files cannot be used: ${(error as Error).message}`);
    }
  }
}

/** Links are told to a listener only from `onOpen` to `onClosed`, which the server adds. */
function forwarded(listener: LinkListener): Partial<LinkListener> {
  return {
    onFrame: (link, frame) => listener.onFrame(link, frame),
    onDrain: (link) => listener.onDrain(link),
    onPeerDraining: (link) => listener.onPeerDraining(link),
  };
}

function clientsNeedCertificates({ caPath }: TlsPaths): { requestCert: boolean; rejectUnauthorized: boolean } {
  return { requestCert: caPath !== undefined, rejectUnauthorized: caPath !== undefined };
}

function sameFiles(one: TlsFiles, other: TlsFiles | undefined): boolean {
  return one.cert === other?.cert && one.key === other?.key && one.ca === other?.ca;
}

function usable<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TransportError(
      `The TLS files cannot be used: ${why}. Set WIRE_TLS_CERT_PATH to a PEM certificate and ` +
        'WIRE_TLS_KEY_PATH to its key.',
      { setting: 'WIRE_TLS_CERT_PATH', cause },
    );
  }
}
