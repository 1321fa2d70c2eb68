import { Logger } from '@nestjs/common';
import {
  HealthSignal,
  PublishError,
  TransportError,
  type Backlog,
  type ConsumeOptions,
  type Consumer,
  type Envelope,
  type Guarantees,
  type HealthState,
  type OnBatch,
  type Receipt,
  type Transport,
} from '#messaging';
import { assertPrefetch } from '../call-checks.js';
import { Spool, type SpoolOptions } from '#spool';
import type { HostPort, Link } from '#wire';
import { spoolMessageBytesMax } from '../spool-settings.js';
import { TcpConsumer } from './tcp-consumer.js';
import { TcpLinks, type LinksOptions } from './tcp-links.js';

/** What is left for the last settlements and the spool's flush when the batches used up the deadline. */
const FLUSH_MS_LEAST = 1_000;
/** How often consumers hear what waits here, and health looks at the links. */
const TELL_EVERY_MS = 1_000;

const RECEIPT: Receipt = Object.freeze({ durability: 'disk' });

export interface TcpOptions extends LinksOptions {
  /** The spool's bound, which the largest message follows from, in every process alike. */
  readonly bytesMax: number;
  /** Of a process that publishes: its spool, and the consumers to dial beside itself. */
  readonly gateway?: { readonly spool: SpoolOptions; readonly peers: readonly HostPort[] };
  /** Of a process that consumes: where gateways find it. Port 0 takes any that is free. */
  readonly listen?: HostPort;
}

/** Gateways that spool, and persistence instances that they dial and spread their lanes over: no broker between them. */
export class TcpTransport implements Transport {
  readonly name = 'tcp';
  readonly guarantees: Guarantees;
  readonly health = new HealthSignal();
  readonly #options: TcpOptions;
  readonly #links: TcpLinks;
  #opening: Promise<void> | undefined;
  #spool: Spool | undefined;
  #opened = false;
  #timer: NodeJS.Timeout | undefined;
  #ownership = 0;
  #closing: Promise<void> | undefined;

  constructor(options: TcpOptions) {
    this.#options = options;
    this.#links = new TcpLinks(options);
    this.guarantees = Object.freeze({
      durability: 'disk',
      ordering: 'per-gateway',
      messageBytesMax: spoolMessageBytesMax(options.bytesMax),
      publishers: 'many',
      consumers: 'many',
    });
  }

  /** The port that gateways find it on; undefined while it does not listen. */
  get port(): number | undefined {
    return this.#links.port;
  }

  /** Those that are open, to other processes and to itself. */
  get links(): readonly Link[] {
    return this.#links.links;
  }

  async open(): Promise<void> {
    if (this.#closing) throw new TransportError('The transport was closed. Make another one.');
    await (this.#opening ??= this.#open());
  }

  async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    if (this.#closing) throw new PublishError('not-stored', 'closed', 'The transport is closed.');
    if (!this.#options.gateway) throw new PublishError('not-stored', 'unavailable', NO_GATEWAY);
    if (!this.#spool) throw new PublishError('not-stored', 'unavailable', 'The transport is not open yet.');
    if (envelope.body.byteLength > this.guarantees.messageBytesMax) {
      const message = `A body of ${envelope.body.byteLength} bytes is larger than ${this.guarantees.messageBytesMax}.`;
      throw new PublishError('not-stored', 'too-large', message, { setting: 'SPOOL_BYTES_MAX' });
    }
    await this.#spool.append(envelope, deadlineMs);
    return RECEIPT;
  }

  async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    this.#assertOpen();
    const end = this.#links.consumerEnd;
    if (!end) throw new TransportError('This process only publishes: it does not listen for gateways.');
    if (end.consumer) throw new TransportError('This process consumes already. Stop that consumer first.');
    assertPrefetch(options);
    const consumer = new TcpConsumer({
      lanes: this.#options.lanes,
      options,
      onBatch,
      nextOwnership: () => ++this.#ownership,
      onTakes: () => end.tellTakes(),
    });
    end.begin(consumer);
    return consumer;
  }

  notify(notice: Uint8Array): void {
    if (!this.#closing) this.#links.notify(notice);
  }

  listen(onNotice: (notice: Uint8Array) => void): () => void {
    return this.#links.notices.listen(onNotice);
  }

  /** A gateway knows its own spool; a consumer what its gateways told last. */
  async backlog(): Promise<Backlog> {
    this.#assertOpen();
    const { spool } = this.#options.gateway ?? {};
    const exact = this.#spool !== undefined;
    const { count, bytes, oldestAtMs, lanes } = await (this.#spool?.standing() ?? this.#told());
    return {
      count: { value: count, exact },
      bytes: { value: bytes, exact },
      oldestAtMs: { value: oldestAtMs, exact },
      lanes,
      countMax: spool?.countMax ?? null,
      bytesMax: spool?.bytesMax ?? null,
    };
  }

  close(deadlineMs: number): Promise<void> {
    return (this.#closing ??= this.#close(deadlineMs));
  }

  async #open(): Promise<void> {
    const { listen, gateway } = this.#options;
    try {
      if (listen) await this.#links.listen(listen);
      if (gateway) await this.#openGateway(gateway.spool, gateway.peers);
      this.#opened = true;
      this.#noteHealth();
    } catch (error) {
      this.#opening = undefined;
      await this.#links.close();
      this.health.set({ status: 'down', reason: (error as Error).message });
      throw error;
    }
  }

  async #openGateway(options: SpoolOptions, peers: readonly HostPort[]): Promise<void> {
    const spool = await Spool.open(options);
    this.#spool = spool;
    spool.health.watch(() => this.#noteHealth());
    this.#links.dial(spool, peers, this.#options.listen?.host, () => this.#noteHealth());
    this.#timer = setInterval(() => {
      void this.#links.gatewayEnd?.tellStanding();
      this.#noteHealth();
    }, TELL_EVERY_MS);
  }

  async #close(deadlineMs: number): Promise<void> {
    const deadlineAtMs = performance.now() + deadlineMs;
    const leftMs = () => Math.max(deadlineAtMs - performance.now(), FLUSH_MS_LEAST);
    // What could not be opened has told so to whoever opened it, and leaves nothing to close.
    await this.#opening?.catch(() => undefined);
    await this.#links.consumerEnd?.consumer?.stop(deadlineMs);
    await this.#links.drain(leftMs());
    clearInterval(this.#timer);
    await this.#links.close();
    this.#tellLeft();
    await this.#spool?.close(leftMs());
    this.#links.notices.clear();
    this.health.set({ status: 'down', reason: 'Closed.' });
  }

  /** They are as safe as ever, but only on this disk: whoever scales a gateway down must know. */
  #tellLeft(): void {
    const spool = this.#spool;
    if (!spool) return;
    const lanes = Array.from({ length: this.#options.lanes }, (_, lane) => spool.last(lane) - spool.cursor(lane));
    const count = lanes.reduce((sum, left) => sum + left, 0);
    if (count === 0) return;
    const text = 'stay in the spool of this gateway. Keep its DATA_DIR: they go on when a gateway starts on it again.';
    new Logger('Queue').warn(`${count} commands ${text}`);
  }

  #noteHealth(): void {
    if (this.#opened && !this.#closing) this.health.set(this.#healthNow());
  }

  /** Commands are taken whether or not anybody consumes them; who should know hears of that. */
  #healthNow(): HealthState {
    const state = this.#spool?.health.state ?? UP;
    const { gatewayEnd, peers } = this.#links;
    if (state.status !== 'up' || !gatewayEnd || gatewayEnd.taken) return state;
    if (gatewayEnd.peers.length > 0) return { status: 'up', reason: 'No persistence consumes: commands wait here.' };
    const tried = peers.map(({ peer, lastError }) => `${peer}: ${lastError ?? 'being dialed'}`).join('; ');
    return { status: 'up', reason: `No persistence is linked, commands wait here. See TCP_PEERS (${tried}).` };
  }

  #told() {
    const end = this.#links.consumerEnd;
    if (!end) throw new TransportError('The transport is not open yet. Await open() first.');
    return end.standing;
  }

  #assertOpen(): void {
    if (this.#closing) throw new TransportError('The transport is closed.');
    if (!this.#opened) throw new TransportError('The transport is not open yet. Await open() first.');
  }
}

const UP: HealthState = { status: 'up' };
const NO_GATEWAY = 'This process only consumes over TCP and keeps no spool: publish by a gateway.';
