import type { Frame, Link, LinkListener } from '#wire';
import type { SpoolStanding } from '#spool';
import type { NoticeBoard } from '../notice-board.js';
import { Peer } from './peer.js';
import { Notice, Offer, Ready, Standing } from './protocol.js';
import type { TcpConsumer } from './tcp-consumer.js';

/** The consumer's end of its links: takes lanes from the gateways that dialed it, for the consumer that this process has. */
export class ConsumerEnd implements LinkListener {
  readonly #lanes: number;
  readonly #notices: NoticeBoard;
  readonly #peers = new Map<Link, Peer>();
  readonly #standings = new Map<string, SpoolStanding>();
  #consumer: TcpConsumer | undefined;

  constructor(lanes: number, notices: NoticeBoard) {
    this.#lanes = lanes;
    this.#notices = notices;
  }

  get consumer(): TcpConsumer | undefined {
    return this.#consumer;
  }

  /** Each process once, however many links lead to it. */
  get peers(): readonly Peer[] {
    return [...new Map([...this.#peers.values()].map((peer) => [peer.instance, peer])).values()];
  }

  /** What waits in all connected gateways, as they told it last. */
  get standing(): SpoolStanding {
    const standings = [...this.#standings.values()];
    const sum = (of: (standing: SpoolStanding) => number) => standings.reduce((total, one) => total + of(one), 0);
    const oldest = standings.flatMap(({ oldestAtMs }) => oldestAtMs ?? []);
    return {
      count: sum(({ count }) => count),
      bytes: sum(({ bytes }) => bytes),
      oldestAtMs: oldest.length > 0 ? Math.min(...oldest) : null,
      lanes: Array.from({ length: this.#lanes }, (_, lane) => sum(({ lanes }) => lanes[lane] ?? 0)),
    };
  }

  begin(consumer: TcpConsumer): void {
    this.#consumer = consumer;
    this.tellTakes();
    void consumer.stopped.then(() => {
      if (this.#consumer === consumer) this.#consumer = undefined;
    });
  }

  /** Tells every gateway whether this process takes lanes. */
  tellTakes(): void {
    for (const peer of this.#peers.values()) this.#greet(peer);
  }

  onOpen(link: Link): void {
    const peer = new Peer(link);
    this.#peers.set(link, peer);
    this.#greet(peer);
  }

  onFrame(link: Link, frame: Frame): void {
    const peer = this.#peers.get(link);
    if (!peer) return;
    switch (frame.kind) {
      case Notice.kind:
        return this.#notices.notify(frame.body);
      case Standing.kind:
        return void this.#standings.set(peer.instance, Standing.read(frame));
      default:
        return this.#consumer ? this.#consumer.take(peer, frame) : refuse(peer, frame);
    }
  }

  onDrain(link: Link): void {
    this.#peers.get(link)?.changed();
  }

  /** A gateway that goes takes its lanes back one by one. */
  onPeerDraining(): void {}

  onClosed(link: Link): void {
    const peer = this.#peers.get(link);
    if (!peer) return;
    this.#peers.delete(link);
    this.#consumer?.lose(peer);
    if (!this.peers.some(({ instance }) => instance === peer.instance)) this.#standings.delete(peer.instance);
  }

  #greet(peer: Peer): void {
    peer.send(Ready.frame({ takes: this.#consumer?.takes ?? false }));
  }
}

/** What was offered before the gateway heard that nobody consumes here. */
function refuse(peer: Peer, frame: Frame): void {
  if (frame.kind !== Offer.kind) return;
  const offer = Offer.read(frame);
  if (!peer.hasBack(offer)) peer.release(offer);
}
