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

/** Stands between a client and a server on loopback, so that a test can break what lies between them. */
export class TcpProxy {
  readonly #links = new Set<Link>();
  readonly #target: { host: string; port: number };
  #server: Server | undefined;
  #port = 0;
  #frozen = false;
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
    this.#frozen = true;
    for (const { near, far, there, back } of this.#links) {
      near.unpipe(there).pause();
      there.unpipe(far).pause();
      far.unpipe(back).pause();
      back.unpipe(near).pause();
    }
  }

  /** Passes on what was held, and all that follows. */
  thaw(): void {
    this.#frozen = false;
    for (const link of this.#links) join(link);
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
    if (!this.#frozen) join(link);
  }

  #reset(link: Link): void {
    if (!this.#links.delete(link)) return;
    link.there.destroy();
    link.back.destroy();
    for (const socket of [link.near, link.far]) {
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
}

function join({ near, far, there, back }: Link): void {
  near.pipe(there).pipe(far);
  far.pipe(back).pipe(near);
}
