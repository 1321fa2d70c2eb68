import { entriesOf } from '#spool';
import { LaneRun, type LaneRunParts } from './lane-run.js';
import type { Peer } from './peer.js';
import { recordsOf, type DeliverHead, type Given, type OfferHead } from './protocol.js';
import { RemoteSource } from './remote-source.js';

/** One lane in this process: whichever gateways have given it, in one run at a time. */
export class ConsumerLane {
  readonly #parts: Omit<LaneRunParts, 'after'>;
  readonly #sources = new Map<Peer, { readonly source: RemoteSource; readonly run: LaneRun }>();
  #run: LaneRun | undefined;
  #taking = true;

  constructor(parts: Omit<LaneRunParts, 'after'>) {
    this.#parts = parts;
  }

  offered(peer: Peer, offer: OfferHead): void {
    const held = this.#heldOf(peer, offer);
    if (held) return held.run.grown(held.source, offer.last);
    // The gateway sent it before it heard that the lane is given back, perhaps by a consumer that this process had before.
    if (peer.hasBack(offer)) return;
    if (!this.#taking) return peer.release(offer);
    const run = this.#run?.taking ? this.#run : new LaneRun({ ...this.#parts, after: this.ended });
    const source = new RemoteSource(peer, offer);
    this.#run = run;
    this.#sources.set(peer, { source, run });
    run.add(source);
  }

  delivered(peer: Peer, head: DeliverHead, body: Uint8Array): void {
    const held = this.#heldOf(peer, head);
    if (!held || held.source.revoked) return;
    held.run.received(held.source, entriesOf(head.lane, recordsOf(head, body)), head.last);
  }

  revoked(peer: Peer, given: Given): void {
    const held = this.#heldOf(peer, given);
    held?.run.revoke(held.source);
  }

  lost(peer: Peer): void {
    const held = this.#sources.get(peer);
    this.#sources.delete(peer);
    held?.run.lose(held.source);
  }

  take(): void {
    this.#taking = true;
  }

  giveBack(): void {
    this.#taking = false;
    this.#run?.giveBack();
  }

  abandon(): void {
    this.#taking = false;
    this.#run?.abandon();
  }

  /** No batch runs, or what one settles is lost. */
  get ended(): Promise<void> {
    return this.#run?.ended ?? Promise.resolve();
  }

  /** Undefined for what is late: the lane was released meanwhile. */
  #heldOf(peer: Peer, { assignment }: Given): { readonly source: RemoteSource; readonly run: LaneRun } | undefined {
    const held = this.#sources.get(peer);
    return held?.source.assignment === assignment ? held : undefined;
  }
}
