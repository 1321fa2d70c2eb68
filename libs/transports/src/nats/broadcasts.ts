import type { NatsConnection } from '@nats-io/transport-node';
import type { Broadcasts } from '../signals.js';
import type { NatsLine } from './endpoint.js';
import type { Topology } from './topology.js';

/** Hints only fill this process's memory when the server does not take what is sent before them. */
const UNSENT_BYTES_MAX = 1024 ** 2;

/** Sends to every process of the installation what cannot be sent again, and hears what others send. */
export class NatsBroadcasts implements Broadcasts<NatsLine> {
  readonly #topology: Topology;
  #sender: NatsLine | undefined;

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  /** From now on sent over this connection; undefined while there is none. */
  attach(line: NatsLine | undefined): void {
    this.#sender = line;
  }

  sendNotice(content: Uint8Array): void {
    // The client sends it in a later turn, and the caller may use its bytes again.
    this.#send(this.#topology.notices, content.slice());
  }

  sendPresence(content: Uint8Array): void {
    this.#send(this.#topology.presence, content);
  }

  async hearNotices({ connection }: NatsLine, onContent: (content: Uint8Array) => void): Promise<void> {
    hear(connection, this.#topology.notices, onContent);
  }

  async hearPresence({ connection }: NatsLine, onContent: (content: Uint8Array) => void): Promise<void> {
    hear(connection, this.#topology.presence, onContent);
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

function hear(connection: NatsConnection, subject: string, onContent: (content: Uint8Array) => void): void {
  connection.subscribe(subject, { callback: (error, { data }) => void (error ?? onContent(data)) });
}
