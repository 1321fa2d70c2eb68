import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { AckPolicy, DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { placeOf } from './message.js';
import type { Topology } from './topology.js';

const ANSWER_MS_MAX = 5_000;
/** How long a grant that is not used up stays valid: a server that has forgotten to serve one serves the next. */
const GRANT_MS = 10_000;
/** How often a server with nothing to deliver says that it is there. */
const IDLE_MS = 4_000;
const SILENCE_MS_MAX = 2.5 * IDLE_MS;
/** When the server forgets a reader that asks no more. */
const INACTIVE_MS = 60_000;
const NS_PER_MS = 1_000_000;

export interface ReaderParts {
  readonly connection: NatsConnection;
  readonly topology: Topology;
  readonly lane: number;
  /** The most messages that are on their way or not settled. */
  readonly countMax: number;
  readonly onMessage: (message: Msg, sequence: number, storedMs: number) => void;
  /** It reads no more: something is missing, or nobody answers. */
  readonly onBroken: () => void;
}

/**
 * Reads a lane from its first message on, in order: a consumer at the server that keeps no count of what was delivered,
 * is granted as much as there is room for, and is given up as soon as one message is missing.
 */
export class LaneReader {
  readonly #parts: ReaderParts;
  readonly #stream: string;
  readonly #inbox = createInbox();
  #name = '';
  #subscription: Subscription | undefined;
  #granted = 0;
  /** Delivered and not settled. */
  #inHand = 0;
  #lastDelivery = 0;
  #heardMs = performance.now();
  #watch: NodeJS.Timeout | undefined;
  #ended = false;

  private constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#stream = parts.topology.streamOf(parts.lane);
  }

  /** Rejects as the server does. */
  static async open(parts: ReaderParts): Promise<LaneReader> {
    const reader = new LaneReader(parts);
    const manager = await jetstreamManager(parts.connection, { checkAPI: false, timeout: ANSWER_MS_MAX });
    const { name } = await manager.consumers.add(reader.#stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.All,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: INACTIVE_MS * NS_PER_MS,
    });
    reader.#start(name);
    return reader;
  }

  /** So many are settled: there is room for others. */
  settled(count: number): void {
    this.#inHand -= count;
    this.#grant();
  }

  /** Idempotent. Asks the server to forget it. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#watch);
    this.#subscription?.unsubscribe();
    if (!this.#parts.connection.isClosed()) this.#ask(`CONSUMER.DELETE.${this.#stream}.${this.#name}`);
  }

  #start(name: string): void {
    this.#name = name;
    const callback = (error: Error | null, message: Msg) => (error ? this.#break() : this.#heard(message));
    this.#subscription = this.#parts.connection.subscribe(this.#inbox, { callback });
    this.#watch = setInterval(() => this.#listenForLife(), IDLE_MS);
    this.#grant();
  }

  /** Asks for what there is room for, in portions that are worth a message. */
  #grant(): void {
    const { countMax } = this.#parts;
    const room = countMax - this.#inHand - this.#granted;
    if (this.#ended || room <= 0 || (this.#granted > 0 && room * 2 < countMax)) return;
    const request = { batch: room, expires: GRANT_MS * NS_PER_MS, idle_heartbeat: IDLE_MS * NS_PER_MS };
    if (!this.#ask(`CONSUMER.MSG.NEXT.${this.#stream}.${this.#name}`, JSON.stringify(request))) return;
    if (this.#granted === 0) this.#heardMs = performance.now();
    this.#granted += room;
  }

  #ask(what: string, request = ''): boolean {
    try {
      this.#parts.connection.publish(`$JS.API.${what}`, request, { reply: this.#inbox });
      return true;
    } catch {
      // The connection is on its way out, which its holder hears too.
      return false;
    }
  }

  #heard(message: Msg): void {
    if (this.#ended) return;
    this.#heardMs = performance.now();
    if (message.subject === this.#inbox) return this.#heardStatus(message);
    const { delivery, sequence, storedMs } = placeOf(message);
    if (delivery !== this.#lastDelivery + 1) return this.#break();
    this.#lastDelivery = delivery;
    this.#granted -= 1;
    this.#inHand += 1;
    this.#parts.onMessage(message, sequence, storedMs);
    this.#grant();
  }

  #heardStatus({ headers }: Msg): void {
    switch (headers?.code ?? 0) {
      case HEARTBEAT: {
        const last = Number(headers?.get('Nats-Last-Consumer'));
        if (last > this.#lastDelivery) this.#break();
        return;
      }
      case NOTHING:
      case EXPIRED:
        this.#granted -= Number(headers?.get('Nats-Pending-Messages'));
        this.#grant();
        return;
      default:
        this.#break();
    }
  }

  #listenForLife(): void {
    if (this.#granted > 0 && performance.now() - this.#heardMs > SILENCE_MS_MAX) this.#break();
  }

  #break(): void {
    if (!this.#ended) this.#parts.onBroken();
  }
}

const HEARTBEAT = 100;
const NOTHING = 404;
const EXPIRED = 408;
