import type { ChannelModel } from 'amqplib';
import { NoticeBoard } from '../notice-board.js';
import { BroadcastInbox, BroadcastSender } from './broadcast.js';
import { Membership } from '../membership.js';
import { NOTHING_IN_HAND, type InHand } from '../presence.js';
import type { Topology } from './topology.js';

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
  readonly #topology: Topology;
  readonly #onBroken: (reason: string) => void;
  readonly #sender = new BroadcastSender();
  readonly #board = new NoticeBoard();
  readonly #noticeInbox: BroadcastInbox;
  readonly #presenceInbox: BroadcastInbox;
  readonly #membership: Membership;
  #listens = false;
  #takes = false;
  #reaches = false;
  #closed = false;

  constructor({ topology, instance, inHand, onOwned, onBroken }: SignalsParts) {
    this.#topology = topology;
    this.#onBroken = onBroken;
    this.#membership = new Membership({
      instance,
      lanes: topology.lanes,
      send: (content) => this.#sender.send(topology.presence, content),
      inHand: () => inHand() ?? NOTHING_IN_HAND,
      onOwned,
    });
    this.#noticeInbox = new BroadcastInbox(topology.notices, (notice) => this.#board.notify(notice), onBroken);
    this.#presenceInbox = new BroadcastInbox(topology.presence, (said) => this.#membership.hear(said), onBroken);
  }

  get inHandOfOthers(): InHand[] {
    return this.#membership.inHandOfOthers;
  }

  async attachSender(model: ChannelModel): Promise<void> {
    await this.#sender.attach(model);
    if (!this.#closed) this.#membership.start();
  }

  async attachInboxes(model: ChannelModel): Promise<void> {
    await this.#presenceInbox.attach(model);
    if (this.#listens) await this.#noticeInbox.attach(model);
  }

  /** The broker takes nothing in, or does again. */
  block(blocked: boolean): void {
    this.#sender.block(blocked);
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
    if (!this.#closed) this.#sender.send(this.#topology.notices, notice);
  }

  /** The queue for notices is made for the first listener: most consumers never listen. */
  listen(onNotice: (notice: Uint8Array) => void, model: ChannelModel | undefined): () => void {
    if (!this.#listens && model) {
      this.#noticeInbox.attach(model).catch((error: unknown) => this.#onBroken((error as Error).message));
    }
    this.#listens = true;
    return this.#board.listen(onNotice);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#membership.close();
    await this.#sender.close();
    this.#board.clear();
  }
}
