import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { FramedSocket } from './framed-socket.js';
import type { LinkIdentity } from './greeting.js';
import { hostPortText } from './host-list.js';
import type { LinkLimits } from './limits.js';
import type { Link, LinkListener } from './link.js';
import { readTlsFiles, type LinkSecurity } from './security.js';

const WAIT_MS_LEAST = 50;
const WAIT_MS_MOST = 2_000;
/** A link that lasted this long was a good one: the next failure is the first of its row. */
const LASTED_MS = 2_000;

/** One address to keep a link to. */
export interface PeerAddress {
  /** The name it was found by, which its certificate must carry. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** How it stands with one address, for health. */
export interface PeerState {
  /** `10.0.0.7:3101`. */
  readonly peer: string;
  readonly status: 'linked' | 'dialing' | 'waiting';
  /** Why the last link or the last try ended; undefined until one did. */
  readonly lastError: string | undefined;
}

export interface DialOptions extends Omit<LinkIdentity, 'token'> {
  readonly security?: LinkSecurity;
  readonly limits?: Partial<LinkLimits>;
  /** In [0, 1); chooses how long to wait between two tries. */
  readonly random?: () => number;
}

/** Keeps a link to one address, for ever: after every end it dials again, full jitter apart. */
export class DialedPeer {
  readonly #address: PeerAddress;
  readonly #options: DialOptions;
  readonly #listener: LinkListener;
  readonly peer: string;
  #socket: FramedSocket | undefined;
  #link: Link | undefined;
  #wait: NodeJS.Timeout | undefined;
  #failures = 0;
  #openedAtMs = 0;
  #lastError: string | undefined;
  #wanted = true;
  readonly #ended = Promise.withResolvers<void>();

  constructor(address: PeerAddress, options: DialOptions, listener: LinkListener) {
    this.#address = address;
    this.#options = options;
    this.#listener = listener;
    this.peer = hostPortText({ host: address.address, port: address.port });
    this.#dial();
  }

  get link(): Link | undefined {
    return this.#link;
  }

  get state(): PeerState {
    const status = this.#link ? 'linked' : this.#socket ? 'dialing' : 'waiting';
    return { peer: this.peer, status, lastError: this.#lastError };
  }

  /** Resolves when it dials no more and has no link. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Dials no more. A link that is open stays until it ends. */
  letGo(): void {
    this.#wanted = false;
    clearTimeout(this.#wait);
    if (!this.#link) this.#socket?.close();
    if (!this.#socket) this.#ended.resolve();
  }

  /** Wanted again before its link ended. False when it is too late for that. */
  keep(): boolean {
    if (!this.#wanted && !this.#link) return false;
    this.#wanted = true;
    return true;
  }

  close(reason?: string): void {
    this.letGo();
    this.#link?.close(reason);
  }

  #dial(): void {
    const { service, greeting, security, limits } = this.#options;
    try {
      this.#socket = new FramedSocket(this.#connection(), {
        identity: { service, greeting, token: security?.token },
        ...(limits && { limits }),
        peer: this.peer,
        listener: {
          onOpen: (link) => this.#onOpen(link),
          onFrame: (link, frame) => this.#listener.onFrame(link, frame),
          onDrain: (link) => this.#listener.onDrain(link),
          onPeerDraining: (link) => this.#listener.onPeerDraining(link),
          onClosed: (link, reason) => this.#onClosed(link, reason),
        },
      });
    } catch (error) {
      this.#dialLater((error as Error).message);
    }
  }

  #connection(): Socket {
    const { name, address, port } = this.#address;
    const tls = this.#options.security?.tls;
    if (tls === undefined) return connect({ host: address, port });
    // A certificate carries names; one for an address is checked against `host`.
    const servername = isIP(name) === 0 ? { servername: name } : {};
    return connectTls({ host: address, port, ...servername, ...readTlsFiles(tls) });
  }

  #onOpen(link: Link): void {
    this.#link = link;
    this.#openedAtMs = performance.now();
    this.#listener.onOpen(link);
  }

  #onClosed(link: Link, reason: string): void {
    this.#socket = undefined;
    const wasOpen = this.#link !== undefined;
    this.#link = undefined;
    if (wasOpen && performance.now() - this.#openedAtMs >= LASTED_MS) this.#failures = 0;
    this.#dialLater(reason);
    if (wasOpen) this.#listener.onClosed(link, reason);
  }

  #dialLater(reason: string): void {
    this.#lastError = reason;
    if (!this.#wanted) return this.#ended.resolve();
    this.#failures += 1;
    const waitMs = waitMsAfter(this.#failures, (this.#options.random ?? Math.random)());
    this.#wait = setTimeout(() => this.#dial(), waitMs);
  }
}

/** Full jitter: anything from the least to a most that doubles with each failure of a row. @param random in [0, 1) */
export function waitMsAfter(failures: number, random: number): number {
  const most = Math.min(WAIT_MS_MOST, WAIT_MS_LEAST * 2 ** failures);
  return WAIT_MS_LEAST + random * (most - WAIT_MS_LEAST);
}
