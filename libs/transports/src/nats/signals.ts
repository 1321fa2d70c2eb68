import type { NatsConnection } from '@nats-io/transport-node';
import { Membership } from '../membership.js';
import { NoticeBoard } from '../notice-board.js';
import { NOTHING_IN_HAND } from '../presence.js';
import type { NatsLine } from './endpoint.js';
import type { Topology } from './topology.js';

/** Hints only fill this process's memory when the server does not take what is sent before them. */
const UNSENT_BYTES_MAX = 1024 ** 2;

export interface SignalsParts {
  readonly topology: Topology;
  readonly instance: string;
  readonly onOwned: (lanes: ReadonlySet<number>) => void;
}

/** What processes tell each other beside the commands: notices, and who is there. Sent on one connection, heard on the other. */
export class Signals {
  readonly #topology: Topology;
  readonly #board = new NoticeBoard();
  readonly #membership: Membership;
  #sender: NatsLine | undefined;
  #listens = false;
  #takes = false;
  #reaches = false;
  #closed = false;

  constructor({ topology, instance, onOwned }: SignalsParts) {
    this.#topology = topology;
    this.#membership = new Membership({
      instance,
      lanes: topology.lanes,
      send: (content) => this.#send(topology.presence, content),
      // Whatever is in hand is still at the servers, which count it.
      inHand: () => NOTHING_IN_HAND,
      onOwned,
    });
  }

  attachSender(line: NatsLine | undefined): void {
    this.#sender = line;
    if (line && !this.#closed) this.#membership.start();
  }

  attachInboxes(connection: NatsConnection): void {
    connection.subscribe(this.#topology.presence, {
      callback: (error, { data }) => void (error ?? this.#membership.hear(data)),
    });
    if (this.#listens) this.#hearNotices(connection);
  }

  /** Whether the consumer wants lanes. */
  take(takes: boolean): void {
    this.#takes = takes;
    this.#membership.take(takes && this.#reaches);
  }

  /** Whether the connection for consuming stands: who cannot reach the streams leaves them to others. */
  reach(reaches: boolean): void {
    this.#reaches = reaches;
    this.#membership.take(this.#takes && reaches);
  }

  notify(notice: Uint8Array): void {
    if (!this.#closed) this.#send(this.#topology.notices, notice.slice());
  }

  /** Notices are asked for by the first listener: most consumers never listen. */
  listen(onNotice: (notice: Uint8Array) => void, connection: NatsConnection | undefined): () => void {
    if (!this.#listens && connection && !connection.isClosed()) this.#hearNotices(connection);
    this.#listens = true;
    return this.#board.listen(onNotice);
  }

  close(): void {
    this.#closed = true;
    this.#membership.close();
    this.#board.clear();
  }

  #hearNotices(connection: NatsConnection): void {
    connection.subscribe(this.#topology.notices, {
      callback: (error, { data }) => void (error ?? this.#board.notify(data)),
    });
  }

  #send(subject: string, content: Uint8Array): void {
    if (!this.#sender || this.#sender.unsentBytes > UNSENT_BYTES_MAX) return;
    try {
      this.#sender.connection.publish(subject, content);
    } catch {
      // The connection is on its way out, or the notice is larger than the server takes: a hint is lost.
    }
  }
}
