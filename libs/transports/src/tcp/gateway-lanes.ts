import type { Spool } from '#spool';
import { LaneSender } from './lane-sender.js';
import type { Peer } from './peer.js';
import type { Given, PullHead } from './protocol.js';
import { attractions, mostAttractive } from './rendezvous.js';

/** A consumer that may be given lanes. */
export interface LaneTaker {
  readonly peer: Peer;
  readonly instance: string;
  readonly attractions: Float64Array;
  /** It consumes now, and is not going. */
  takes: boolean;
}

export function laneTaker(peer: Peer, lanes: number): LaneTaker {
  return { peer, instance: peer.instance, attractions: attractions(peer.instance, lanes), takes: false };
}

/**
 * Which consumer has which lane of this gateway's spool. A lane moves only after its holder has released it or its link is
 * gone, so no two consumers work on what this gateway published with one key.
 */
export class GatewayLanes {
  readonly #spool: Spool;
  readonly #senders: (LaneSender | undefined)[];
  #takers: readonly LaneTaker[] = [];
  #assignments = 0;
  #allBack: (() => void) | undefined;

  constructor(spool: Spool, lanes: number) {
    this.#spool = spool;
    this.#senders = new Array<LaneSender | undefined>(lanes).fill(undefined);
  }

  /** Gives each lane to whoever of these it belongs to, or takes it back first. */
  spread(takers: readonly LaneTaker[]): void {
    this.#takers = takers.filter(({ takes }) => takes);
    for (let lane = 0; lane < this.#senders.length; lane++) this.#place(lane);
  }

  /** The peer is gone, and with it all that it had in hand. */
  lose(peer: Peer): void {
    this.#takers = this.#takers.filter((taker) => taker.peer !== peer);
    for (const [lane, sender] of this.#senders.entries()) if (sender?.peer === peer) this.#end(lane, sender);
  }

  appended(lane: number): void {
    this.#senders[lane]?.appended();
  }

  pull(from: Peer, head: PullHead): void {
    this.#senderOf(from, head)?.pull(head);
  }

  settled(from: Peer, head: Given & { readonly seq: number }): void {
    this.#senderOf(from, head)?.settled(head.seq);
  }

  released(from: Peer, head: Given): void {
    const sender = this.#senderOf(from, head);
    if (sender) this.#end(head.lane, sender);
  }

  /** Gives no lane any more. Resolves when every consumer has released what it had. */
  async takeBack(): Promise<void> {
    const allBack = new Promise<void>((resolve) => (this.#allBack = resolve));
    this.spread([]);
    this.#noteAllBack();
    await allBack;
  }

  /** Forgets whatever consumers still have. */
  end(): void {
    for (const sender of this.#senders) sender?.end();
    this.#senders.fill(undefined);
    this.#noteAllBack();
  }

  #place(lane: number): void {
    const owner = mostAttractive(lane, this.#takers);
    const sender = this.#senders[lane];
    if (sender) {
      if (sender.peer !== owner?.peer) sender.revoke();
    } else if (owner) {
      this.#senders[lane] = new LaneSender(this.#spool, owner.peer, { lane, assignment: ++this.#assignments });
    }
  }

  #end(lane: number, sender: LaneSender): void {
    sender.end();
    this.#senders[lane] = undefined;
    this.#place(lane);
    this.#noteAllBack();
  }

  /** Undefined for what is late: the lane was given anew since. */
  #senderOf(peer: Peer, { lane, assignment }: Given): LaneSender | undefined {
    const sender = this.#senders[lane];
    return sender?.peer === peer && sender.assignment === assignment ? sender : undefined;
  }

  #noteAllBack(): void {
    if (this.#senders.every((sender) => sender === undefined)) this.#allBack?.();
  }
}
