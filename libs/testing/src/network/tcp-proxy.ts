import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Transform } from 'node:stream';
import { passage, type Pace } from './passage.js';

interface Link {
  readonly near: Socket;
  readonly far: Socket;
  readonly there: Transform;
  readonly back: Transform;
}

/** From the client to the server, or from the server to the client. */
export type Direction = 'there' | 'back';

const DIRECTIONS: readonly Direction[] = ['there', 'back'];

/** Stands between a client and a server on loopback, so that a test can break what lies between them. */
export class TcpProxy {
  readonly #links = new Set<Link>();
  /** Ends of connections whose other end has gone without their knowing. */
  readonly #orphans = new Set<Socket>();
  readonly #target: { host: string; port: number };
  #server: Server | undefined;
  #port = 0;
  readonly #silent = new Set<Direction>();
  readonly #pace: Pace = { delayMs: 0, bytesPerSecond: Infinity };

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
  }

  /** Listens on a free port of 127.0.0.1 and forwards each connection to the target. */
  static async to(host: string, port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy({ host, port });
    await proxy.restore();
    return proxy;
  }

  get host(): string {
    return '127.0.0.1';
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#links.size;
  }

  /** `url` with this proxy in the place of its host and port. */
  urlOf(url: string): string {
    const proxied = new URL(url);
    proxied.hostname = this.host;
    proxied.port = String(this.#port);
    return proxied.href;
  }

  /** Resets every connection; new ones are let through. */
  cut(): void {
    for (const link of this.#links) this.#reset(link);
  }

  /** Resets every connection and refuses new ones until `restore`. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server && once(server, 'close');
    server?.close();
    this.cut();
    this.forsake();
    await closed;
  }

  /** Listens again after `refuse`, on the same port. */
  async restore(): Promise<void> {
    if (this.#server) return;
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => this.#forward(near));
    this.#server = server;
    server.listen(this.#port, this.host);
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Passes nothing on, in either direction, and ends nothing: what a dead network looks like from both ends. */
  freeze(): void {
    for (const direction of DIRECTIONS) this.silence(direction);
  }

  /** Passes nothing on in one direction, while the other one goes on. */
  silence(direction: Direction): void {
    if (this.#silent.has(direction)) return;
    this.#silent.add(direction);
    for (const link of this.#links) part(link, direction);
  }

  /** Passes on what was held, and all that follows. */
  thaw(): void {
    for (const link of this.#links) for (const direction of this.#silent) join(link, direction);
    this.#silent.clear();
  }

  /**
   * Resets the ends of every connection at the client, or at the server, and tells the others nothing: they stay open, and
   * nothing comes, until `forsake`. New connections are let through.
   */
  halve(lost: 'client' | 'server'): void {
    for (const link of this.#links) {
      this.#links.delete(link);
      link.there.destroy();
      link.back.destroy();
      const [gone, orphan] = lost === 'client' ? [link.near, link.far] : [link.far, link.near];
      reset(gone);
      this.#orphans.add(orphan);
      orphan.on('close', () => this.#orphans.delete(orphan));
      // What still comes is taken in and lost, as by a host that is gone.
      orphan.resume();
    }
  }

  /** Resets what `halve` has left open. */
  forsake(): void {
    for (const orphan of this.#orphans) reset(orphan);
    this.#orphans.clear();
  }

  /** From now on each piece of data takes that long, in either direction; 0 is no delay. */
  delay(ms: number): void {
    this.#pace.delayMs = ms;
  }

  /** From now on each direction of a connection carries no more than that, in small pieces; Infinity is no bound. */
  throttle(bytesPerSecond: number): void {
    this.#pace.bytesPerSecond = bytesPerSecond;
  }

  /** Idempotent. Resets every connection and stops listening for good. */
  async close(): Promise<void> {
    await this.refuse();
  }

  #forward(near: Socket): void {
    const far = connect({ ...this.#target, allowHalfOpen: true });
    const link: Link = { near, far, there: passage(this.#pace), back: passage(this.#pace) };
    this.#links.add(link);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#reset(link));
      socket.on('close', () => this.#reset(link));
    }
    for (const direction of DIRECTIONS) if (!this.#silent.has(direction)) join(link, direction);
  }

  #reset(link: Link): void {
    if (!this.#links.delete(link)) return;
    link.there.destroy();
    link.back.destroy();
    for (const socket of [link.near, link.far]) reset(socket);
  }
}

/** One that has said its end is only closed: Node cannot reset it any more, and would leave it open for good. */
function reset(socket: Socket): void {
  if (socket.connecting || socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

function join(link: Link, direction: Direction): void {
  const [from, way, to] = courseOf(link, direction);
  from.pipe(way).pipe(to);
}

function part(link: Link, direction: Direction): void {
  const [from, way, to] = courseOf(link, direction);
  from.unpipe(way).pause();
  way.unpipe(to).pause();
}

function courseOf({ near, far, there, back }: Link, direction: Direction): [Socket, Transform, Socket] {
  return direction === 'there' ? [near, there, far] : [far, back, near];
}
