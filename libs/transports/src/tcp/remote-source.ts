import type { SpoolEntry } from '#spool';
import type { LaneItem } from '../lane-hold.js';
import type { Peer } from './peer.js';
import { Pull, Settled, type Given, type OfferHead } from './protocol.js';

/** One delivery, and the gateway that it came from. */
export interface RemoteItem extends LaneItem {
  readonly seq: number;
  readonly source: RemoteSource;
}

/** One lane of one gateway while this process has it: from its offer until it is released or its link is gone. */
export class RemoteSource {
  readonly peer: Peer;
  readonly #given: Given;
  #receivedTo: number;
  #last: number;
  #askedCount = 0;
  #askedBytes = 0;
  #live = true;
  /** No more is to be taken from it. */
  revoked = false;
  /** How many of its deliveries have been handed over. */
  takenCount = 0;

  constructor(peer: Peer, { lane, assignment, from, last }: OfferHead) {
    this.peer = peer;
    this.#given = { lane, assignment };
    this.#receivedTo = from;
    this.#last = last;
  }

  get assignment(): number {
    return this.#given.assignment;
  }

  /** Whether what it settles reaches its gateway. */
  get live(): boolean {
    return this.#live;
  }

  /** Deliveries that are asked for and under way. */
  get askedCount(): number {
    return this.#askedCount;
  }

  get askedBytes(): number {
    return this.#askedBytes;
  }

  /** Whether the gateway has more, and has not been asked for it. */
  get wanting(): boolean {
    return this.#live && !this.revoked && this.#askedCount === 0 && this.#last > this.#receivedTo;
  }

  grown(last: number): void {
    this.#last = last;
  }

  pull(count: number, bytes: number): void {
    this.#askedCount = Math.min(count, this.#last - this.#receivedTo);
    this.#askedBytes = bytes;
    this.peer.send(Pull.frame({ ...this.#given, count: this.#askedCount, bytes }));
  }

  /** The answer to the pull. */
  received(entries: readonly SpoolEntry[], last: number): RemoteItem[] {
    this.#askedCount = 0;
    this.#askedBytes = 0;
    this.#last = last;
    this.#receivedTo = entries.at(-1)?.seq ?? this.#receivedTo;
    return entries.map(({ seq, delivery, bytes }) => ({ seq, delivery, bytes, source: this }));
  }

  settled(seq: number): void {
    if (this.#live) this.peer.send(Settled.frame({ ...this.#given, seq }));
  }

  /** Nothing of it is in hand: it may go elsewhere. */
  release(): void {
    if (this.#live) this.peer.release(this.#given);
    this.lose();
  }

  /** Its link is gone, or it was released: what it settles from now on reaches nobody. */
  lose(): void {
    this.#live = false;
    this.revoked = true;
    this.#askedCount = 0;
    this.#askedBytes = 0;
  }
}
