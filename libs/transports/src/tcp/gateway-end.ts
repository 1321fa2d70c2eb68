import type { Spool } from '#spool';
import type { Frame, Link, LinkListener } from '#wire';
import { GatewayLanes, laneTaker, type LaneTaker } from './gateway-lanes.js';
import type { NoticeBoard } from '../notice-board.js';
import { Notice, Pull, Ready, Released, Settled, standingFrame } from './protocol.js';
import { Peer } from './peer.js';

export interface GatewayEndParts {
  readonly spool: Spool;
  readonly lanes: number;
  readonly notices: NoticeBoard;
  /** A consumer has come or gone, or begins or ends to take lanes. */
  readonly onConsumers: () => void;
}

/** The gateway's end of its links: gives its spool's lanes to the consumers that it dialed. */
export class GatewayEnd implements LinkListener {
  readonly #parts: GatewayEndParts;
  readonly #lanes: GatewayLanes;
  readonly #takers = new Map<Link, LaneTaker>();
  readonly #unwatch: () => void;
  #closing = false;

  constructor(parts: GatewayEndParts) {
    this.#parts = parts;
    this.#lanes = new GatewayLanes(parts.spool, parts.lanes);
    this.#unwatch = parts.spool.onAppended((lane) => this.#lanes.appended(lane));
  }

  /** Each process once, however many links lead to it. */
  get peers(): readonly Peer[] {
    return this.#distinct().map(({ peer }) => peer);
  }

  /** Whether any process takes lanes now. */
  get taken(): boolean {
    return [...this.#takers.values()].some(({ takes }) => takes);
  }

  onOpen(link: Link): void {
    const { lanes } = link.greeting;
    if (lanes !== String(this.#parts.lanes)) {
      link.close(`one end has ${lanes} lanes and the other ${this.#parts.lanes}: set the same LANES in every process`);
      return;
    }
    this.#takers.set(link, laneTaker(new Peer(link), this.#parts.lanes));
    this.#parts.onConsumers();
    void this.tellStanding();
  }

  onFrame(link: Link, frame: Frame): void {
    const taker = this.#takers.get(link);
    if (!taker) return;
    switch (frame.kind) {
      case Ready.kind:
        return this.#setTakes(taker, Ready.read(frame).takes);
      case Pull.kind:
        return this.#lanes.pull(taker.peer, Pull.read(frame));
      case Settled.kind:
        return this.#lanes.settled(taker.peer, Settled.read(frame));
      case Released.kind:
        return this.#lanes.released(taker.peer, Released.read(frame));
      case Notice.kind:
        return this.#parts.notices.notify(frame.body);
    }
  }

  onDrain(link: Link): void {
    this.#takers.get(link)?.peer.changed();
  }

  onPeerDraining(link: Link): void {
    const taker = this.#takers.get(link);
    if (taker) this.#setTakes(taker, false);
  }

  onClosed(link: Link): void {
    const taker = this.#takers.get(link);
    if (!taker) return;
    this.#takers.delete(link);
    taker.peer.changed();
    this.#lanes.lose(taker.peer);
    this.#spread();
    this.#parts.onConsumers();
  }

  /** Tells every consumer what waits here. */
  async tellStanding(): Promise<void> {
    if (this.#takers.size === 0 || this.#closing) return;
    try {
      const frame = standingFrame(await this.#parts.spool.standing());
      for (const { peer } of this.#distinct()) peer.hint(frame);
    } catch {
      // A spool that cannot be read says so by its health; consumers keep what they heard last.
    }
  }

  /** Sends nothing new. Resolves when what consumers have in hand is settled. */
  async drain(): Promise<void> {
    this.#closing = true;
    await this.#lanes.takeBack();
  }

  /** What is in hand from now on is sent again by whoever opens the spool next. */
  end(): void {
    this.#closing = true;
    this.#unwatch();
    this.#lanes.end();
  }

  #setTakes(taker: LaneTaker, takes: boolean): void {
    taker.takes = takes;
    this.#spread();
    this.#parts.onConsumers();
  }

  #spread(): void {
    if (!this.#closing) this.#lanes.spread(this.#distinct());
  }

  #distinct(): LaneTaker[] {
    const distinct = new Map<string, LaneTaker>();
    for (const taker of this.#takers.values()) {
      if (!distinct.has(taker.instance)) distinct.set(taker.instance, taker);
    }
    return [...distinct.values()];
  }
}
