import { NoticeBoard } from '../notice-board.js';
import { BroadcastInbox, BroadcastSender } from './broadcast.js';
import { Membership } from '../membership.js';
import { NOTHING_IN_HAND, type InHand } from '../presence.js';
import type { Topology } from './topology.js';
import type { Wire } from './wire.js';

export interface SignalsParts {
  readonly topology: Topology;
  readonly instance: string;
  readonly inHand: () => InHand | undefined;
  readonly onOwned: (lanes: ReadonlySet<number>) => void;
  /** An inbox broke while its connection stands. */
  readonly onBroken: (reason: string) => void;
}

/** What processes tell each other beside the commands: notices, and who is there. Sent on one connection, heard on the other. */
export class Signals {
  readonly #onBroken: (reason: string) => void;
  readonly #notices: BroadcastSender;
  readonly #presence: BroadcastSender;
  readonly #board = new NoticeBoard();
  readonly #noticeInbox: BroadcastInbox;
  readonly #presenceInbox: BroadcastInbox;
  readonly #membership: Membership;
  #listens = false;
  #takes = false;
  #reaches = false;
  #closed = false;

  constructor({ topology, instance, inHand, onOwned, onBroken }: SignalsParts) {
    this.#notices = new BroadcastSender(topology.notices);
    this.#presence = new BroadcastSender(topology.presence);
    this.#onBroken = onBroken;
    this.#membership = new Membership({
      instance,
      lanes: topology.lanes,
      send: (content) => this.#presence.send(content),
      inHand: () => inHand() ?? NOTHING_IN_HAND,
      onOwned,
    });
    this.#noticeInbox = new BroadcastInbox(topology.notices, (notice) => this.#board.notify(notice), onBroken);
    this.#presenceInbox = new BroadcastInbox(topology.presence, (said) => this.#membership.hear(said), onBroken);
  }

  get inHandOfOthers(): InHand[] {
    return this.#membership.inHandOfOthers;
  }

  async attachSender(wire: Wire): Promise<void> {
    await Promise.all([this.#notices.attach(wire), this.#presence.attach(wire)]);
    if (!this.#closed) this.#membership.start();
  }

  async attachInboxes(wire: Wire): Promise<void> {
    await this.#presenceInbox.attach(wire);
    if (this.#listens) await this.#noticeInbox.attach(wire);
  }

  /** The broker takes nothing in, or does again. */
  block(blocked: boolean): void {
    for (const sender of [this.#notices, this.#presence]) sender.block(blocked);
  }

  /** Whether the consumer wants lanes. */
  take(takes: boolean): void {
    this.#takes = takes;
    this.#membership.take(takes && this.#reaches);
  }

  /** Whether the connection for consuming stands: who cannot reach the queues leaves them to others. */
  reach(reaches: boolean): void {
    this.#reaches = reaches;
    this.#membership.take(this.#takes && reaches);
  }

  notify(notice: Uint8Array): void {
    if (!this.#closed) this.#notices.send(notice);
  }

  /** The inbox for notices is made for the first listener: most consumers never listen. */
  listen(onNotice: (notice: Uint8Array) => void, wire: Wire | undefined): () => void {
    if (!this.#listens && wire) {
      this.#noticeInbox.attach(wire).catch((error: unknown) => this.#onBroken((error as Error).message));
    }
    this.#listens = true;
    return this.#board.listen(onNotice);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#membership.close();
    await Promise.all([this.#notices.close(), this.#presence.close()]);
    this.#board.clear();
  }
}
