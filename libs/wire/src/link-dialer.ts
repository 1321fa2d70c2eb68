import { lookup } from 'node:dns/promises';

import { DialedPeer, type DialOptions, type PeerAddress, type PeerState } from './dialed-peer.js';
import { hostPortText, type HostPort } from './host-list.js';
import type { Link, LinkListener } from './link.js';

const RESOLVE_EVERY_MS = 3_000;

export interface LinkDialerOptions extends DialOptions {
  /** Each name stands for all its addresses. */
  readonly hosts: readonly HostPort[];
  readonly resolveEveryMs?: number;
  /** Every IPv4 address of a name; those of IPv6 where it has none, so that no process is dialed twice. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/**
 * Keeps a link to every address of a list of hosts. Names are resolved again and again: an address that appears is dialed, one
 * that vanishes is let go, its link as soon as it ends. Beside Nest's `ClientTCP`, which has one socket to one address, no
 * reconnect of its own, and reports a send on a dead socket as done.
 */
export class LinkDialer {
  readonly #options: LinkDialerOptions;
  readonly #listener: LinkListener;
  readonly #peers = new Map<string, DialedPeer>();
  readonly #unresolved = new Map<string, PeerState>();
  #timer: NodeJS.Timeout | undefined;
  #open = false;
  #draining = false;

  constructor(options: LinkDialerOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** Begins to dial. Waits for nothing: links come by the listener. */
  open(): void {
    if (this.#open) return;
    this.#open = true;
    void this.#refresh();
  }

  /** Those that are open. */
  get links(): readonly Link[] {
    return [...this.#peers.values()].map(({ link }) => link).filter((link) => link !== undefined);
  }

  /** Every address that is dialed, and every name that has none. */
  get peers(): readonly PeerState[] {
    return [...[...this.#peers.values()].map(({ state }) => state), ...this.#unresolved.values()];
  }

  /** Tells every other end that this process is going, also those that it still finds. */
  drain(): void {
    this.#draining = true;
    for (const link of this.links) link.drain();
  }

  /** Idempotent. Dials no more and ends every link in order; resolves when all are closed. */
  async close(reason?: string): Promise<void> {
    this.#open = false;
    clearTimeout(this.#timer);
    const peers = [...this.#peers.values()];
    for (const peer of peers) peer.close(reason);
    await Promise.all(peers.map(({ ended }) => ended));
  }

  async #refresh(): Promise<void> {
    const found = await Promise.all(this.#options.hosts.map((host) => this.#addressesOf(host)));
    if (!this.#open) return;
    this.#adopt(found);
    this.#timer = setTimeout(() => void this.#refresh(), this.#options.resolveEveryMs ?? RESOLVE_EVERY_MS);
  }

  /** Undefined when the name cannot be resolved now: what was known of it stays. */
  async #addressesOf({ host, port }: HostPort): Promise<readonly PeerAddress[] | undefined> {
    const peer = hostPortText({ host, port });
    try {
      const addresses = await (this.#options.resolve ?? resolveName)(host);
      this.#unresolved.delete(peer);
      return addresses.map((address) => ({ name: host, address, port }));
    } catch (error) {
      this.#unresolved.set(peer, { peer, status: 'waiting', lastError: (error as Error).message });
      return undefined;
    }
  }

  #adopt(found: readonly (readonly PeerAddress[] | undefined)[]): void {
    const wanted = new Map(found.flatMap((addresses) => (addresses ?? []).map((address) => [keyOf(address), address])));
    for (const [key, address] of wanted) {
      if (!this.#peers.get(key)?.keep()) this.#dial(key, address);
    }
    // Without an answer for every name it is not known which addresses have vanished.
    if (found.includes(undefined)) return;
    for (const [key, peer] of this.#peers) if (!wanted.has(key)) peer.letGo();
  }

  #dial(key: string, address: PeerAddress): void {
    const peer = new DialedPeer(address, this.#options, {
      ...this.#listenerWithoutOpen(),
      onOpen: (link) => {
        if (this.#draining) link.drain();
        this.#listener.onOpen(link);
      },
    });
    this.#peers.set(key, peer);
    void peer.ended.then(() => {
      if (this.#peers.get(key) === peer) this.#peers.delete(key);
    });
  }

  #listenerWithoutOpen(): Omit<LinkListener, 'onOpen'> {
    const listener = this.#listener;
    return {
      onFrame: (link, frame) => listener.onFrame(link, frame),
      onDrain: (link) => listener.onDrain(link),
      onPeerDraining: (link) => listener.onPeerDraining(link),
      onClosed: (link, reason) => listener.onClosed(link, reason),
    };
  }
}

function keyOf({ address, port }: PeerAddress): string {
  return hostPortText({ host: address, port });
}

async function resolveName(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  const four = found.filter(({ family }) => family === 4);
  return (four.length > 0 ? four : found).map(({ address }) => address);
}
