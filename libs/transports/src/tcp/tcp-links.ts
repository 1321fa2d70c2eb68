import { randomUUID } from 'node:crypto';
import type { Spool } from '#spool';
import {
  hostPortText,
  LinkDialer,
  LinkServer,
  RefusalLog,
  type HostPort,
  type Link,
  type LinkLimits,
  type LinkSecurity,
  type PeerState,
} from '#wire';
import { NoticeBoard } from '../notice-board.js';
import { pause } from '../pause.js';
import { ConsumerEnd } from './consumer-end.js';
import { GatewayEnd } from './gateway-end.js';
import { Notice } from './protocol.js';
import type { Peer } from './peer.js';

const SERVICE = 'commands';
const ANY_ADDRESS = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);
/** The largest entry that any spool takes, and its head. */
const FRAME_BYTES_MAX = 17 * 1024 * 1024;
/** A larger notice stays in its process: a hint is not worth much of a link. */
const NOTICE_BYTES_MAX = 1024 * 1024;

export interface LinksOptions {
  readonly lanes: number;
  readonly security?: LinkSecurity | undefined;
  readonly limits?: Partial<LinkLimits> | undefined;
}

/** The links of one process, as a consumer that is dialed, as a gateway that dials, or as both, which dials itself too. */
export class TcpLinks {
  readonly #options: LinksOptions;
  readonly #instance = randomUUID();
  readonly notices = new NoticeBoard();
  #consumerEnd: ConsumerEnd | undefined;
  #gatewayEnd: GatewayEnd | undefined;
  #server: LinkServer | undefined;
  #dialer: LinkDialer | undefined;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  get consumerEnd(): ConsumerEnd | undefined {
    return this.#consumerEnd;
  }

  get gatewayEnd(): GatewayEnd | undefined {
    return this.#gatewayEnd;
  }

  /** The port that it listens on; undefined when it does not. */
  get port(): number | undefined {
    return this.#server?.port;
  }

  /** Those that are open, whoever dialed. */
  get links(): readonly Link[] {
    return [...(this.#server?.links ?? []), ...(this.#dialer?.links ?? [])];
  }

  /** How it stands with each address that is dialed. */
  get peers(): readonly PeerState[] {
    return this.#dialer?.peers ?? [];
  }

  /** Rejects with a `TransportError` that names what keeps it from listening. */
  async listen({ host, port }: HostPort): Promise<void> {
    const end = new ConsumerEnd(this.#options.lanes, this.notices);
    const refusals = new RefusalLog(SERVICE);
    const onRefused = (peer: string, reason: string) => refusals.note(peer, reason);
    const server = new LinkServer({ ...this.#linkOptions(), host, port, portSetting: 'TCP_PORT', onRefused }, end);
    await server.listen();
    this.#consumerEnd = end;
    this.#server = server;
  }

  /** Begins to dial; whoever listens here is among those who are dialed. */
  dial(spool: Spool, peers: readonly HostPort[], listensOn: string | undefined, onConsumers: () => void): void {
    const { lanes } = this.#options;
    this.#gatewayEnd = new GatewayEnd({ spool, lanes, notices: this.notices, onConsumers });
    const own =
      this.#server && listensOn !== undefined
        ? [{ host: ANY_ADDRESS.get(listensOn) ?? listensOn, port: this.#server.port }]
        : [];
    const hosts = [...new Map([...own, ...peers].map((host) => [hostPortText(host), host])).values()];
    this.#dialer = new LinkDialer({ ...this.#linkOptions(), hosts }, this.#gatewayEnd);
    this.#dialer.open();
  }

  /** To every process that is linked, once each, and to the listeners here. */
  notify(notice: Uint8Array): void {
    this.notices.notify(notice);
    if (notice.byteLength > NOTICE_BYTES_MAX) return;
    const peers = [...(this.#consumerEnd?.peers ?? []), ...(this.#gatewayEnd?.peers ?? [])];
    const others = new Map<string, Peer>(peers.map((peer) => [peer.instance, peer]));
    others.delete(this.#instance);
    const frame = Notice.frame(null, notice);
    for (const peer of others.values()) peer.hint(frame);
  }

  /** Sends nothing new, and lets what is in hand settle until the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    this.#server?.drain();
    if (!this.#gatewayEnd) return;
    const settled = new AbortController();
    void this.#gatewayEnd.drain().then(() => settled.abort());
    await pause(deadlineMs, settled.signal);
  }

  async close(): Promise<void> {
    this.#gatewayEnd?.end();
    await Promise.all([this.#dialer?.close(), this.#server?.close()]);
  }

  #linkOptions() {
    const { lanes, security, limits } = this.#options;
    const bounds = { frameBytesMax: FRAME_BYTES_MAX, ...limits };
    const greeting = { instance: this.#instance, lanes: String(lanes) };
    return { service: SERVICE, greeting, ...(security && { security }), limits: bounds };
  }
}
