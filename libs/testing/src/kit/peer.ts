import type { ConsumeOptions, Envelope, Transport } from '#messaging';

/** What a peer is told to do. */
export type Order =
  | { readonly publish: readonly Envelope[] }
  /** Settles that many batches, then holds every later one for ever. */
  | { readonly consume: ConsumeOptions; readonly settleCount: number };

/** What a peer tells, as it happens. */
export type Event =
  { readonly stored: string } | { readonly delivered: readonly string[] } | { readonly settled: readonly string[] };

/** A process on the queue, seen from the outside: it obeys until it is killed. */
export interface Peer {
  readonly stored: readonly string[];
  readonly delivered: readonly string[];
  readonly settled: readonly string[];
  order(order: Order): void;
  /** Ends it at once, with nothing flushed. Idempotent. */
  kill(): Promise<void>;
}

const DEADLINE_MS = 30_000;

/** Carries an order out on a transport, and tells each step. What the peer's death interrupts is nobody's error. */
export async function obey(transport: Transport, order: Order, tell: (event: Event) => void): Promise<void> {
  if ('publish' in order) {
    const lanes = Map.groupBy(order.publish, ({ lane }) => lane);
    const publishing = [...lanes.values()].map(async (envelopes) => {
      for (const envelope of envelopes) {
        await transport.publish(envelope, DEADLINE_MS);
        tell({ stored: envelope.id });
      }
    });
    await Promise.allSettled(publishing);
    return;
  }
  let settled = 0;
  await transport.consume(order.consume, async ({ deliveries }) => {
    const ids = deliveries.map((delivery) => (delivery.kind === 'decoded' ? delivery.envelope.id : 'undecoded'));
    tell({ delivered: ids });
    if (settled >= order.settleCount) await new Promise(() => undefined);
    settled++;
    tell({ settled: ids });
  });
}

/** Keeps what a peer told. */
export class PeerRecord {
  readonly stored: string[] = [];
  readonly delivered: string[] = [];
  readonly settled: string[] = [];

  readonly note = (event: Event): void => {
    if ('stored' in event) this.stored.push(event.stored);
    else if ('delivered' in event) this.delivered.push(...event.delivered);
    else this.settled.push(...event.settled);
  };
}

/** A peer for transports that live in memory: within this process, killed by the subject's fault. */
export class LocalPeer extends PeerRecord implements Peer {
  readonly #transport: Transport;
  readonly #killTransport: (transport: Transport) => Promise<void>;

  constructor(transport: Transport, killTransport: (transport: Transport) => Promise<void>) {
    super();
    this.#transport = transport;
    this.#killTransport = killTransport;
  }

  order(order: Order): void {
    void obey(this.#transport, order, this.note);
  }

  async kill(): Promise<void> {
    await this.#killTransport(this.#transport);
  }
}
