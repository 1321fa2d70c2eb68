import rhea, { type Receiver, type Sender } from 'rhea';
import { pause } from '../pause.js';
import type { Broadcasts } from '../signals.js';
import { bodyOf } from './body.js';
import { topic, type Topology } from './topology.js';
import { onEnded, type Wire } from './wire.js';

/** How many may be sent and not answered; what is more is dropped. */
const UNANSWERED_MAX = 1_024;
/** How many an inbox takes ahead. */
const INBOX_CREDIT = 1_024;
/** A notice is a hint that ages. */
const TTL_MS = 10_000;
/** What the broker has to take in what was sent last. */
const FLUSH_MS_MAX = 500;

/** Notices and presences by a topic each. An inbox that breaks is told of: its connection is to be made anew. */
export class ActivemqBroadcasts implements Broadcasts<Wire> {
  readonly #topology: Topology;
  readonly #onBroken: (reason: string) => void;
  readonly #notices: TopicSender;
  readonly #presence: TopicSender;

  constructor(topology: Topology, onBroken: (reason: string) => void) {
    this.#topology = topology;
    this.#onBroken = onBroken;
    this.#notices = new TopicSender(topology.notices);
    this.#presence = new TopicSender(topology.presence);
  }

  /** From now on sent over this connection. */
  async attach(wire: Wire): Promise<void> {
    await Promise.all([this.#notices.attach(wire), this.#presence.attach(wire)]);
  }

  /** The broker takes nothing in, or does again. */
  block(blocked: boolean): void {
    for (const sender of [this.#notices, this.#presence]) sender.block(blocked);
  }

  sendNotice(content: Uint8Array): void {
    this.#notices.send(content);
  }

  sendPresence(content: Uint8Array): void {
    this.#presence.send(content);
  }

  hearNotices(wire: Wire, onContent: (content: Uint8Array) => void): Promise<void> {
    return this.#hear(wire, this.#topology.notices, onContent);
  }

  hearPresence(wire: Wire, onContent: (content: Uint8Array) => void): Promise<void> {
    return this.#hear(wire, this.#topology.presence, onContent);
  }

  async close(): Promise<void> {
    await Promise.all([this.#notices.close(), this.#presence.close()]);
  }

  async #hear(wire: Wire, address: string, onContent: (content: Uint8Array) => void): Promise<void> {
    const link: Receiver = await wire.openReceiver(topic(address), INBOX_CREDIT);
    onEnded(link, ({ message }) => this.#onBroken(`The broker ended the listening to ${address}: ${message}.`));
    link.on('message', ({ message, delivery }) => {
      delivery?.accept();
      link.add_credit(1);
      if (message) onContent(bodyOf(message.body));
    });
    link.add_credit(INBOX_CREDIT);
  }
}

/** Sends to one topic: what cannot go at once is dropped. */
class TopicSender {
  readonly #address: string;
  #link: Sender | undefined;
  #sent = 0;
  #blocked = false;

  constructor(address: string) {
    this.#address = address;
  }

  async attach(wire: Wire): Promise<void> {
    const link = await wire.openSender(topic(this.#address), UNANSWERED_MAX);
    this.#blocked = false;
    this.#sent = 0;
    this.#link = link;
    onEnded(link, () => this.#forget(link));
    wire.onLost(() => this.#forget(link));
  }

  /** While the broker takes nothing in, broadcasts would only fill this process's memory. */
  block(blocked: boolean): void {
    this.#blocked = blocked;
  }

  send(content: Uint8Array): void {
    const link = this.#link as (Sender & { credit: number; delivery_count: number }) | undefined;
    if (!link || this.#blocked || !link.sendable()) return;
    // The client counts a credit as used only at the end of the turn.
    if (link.credit - (this.#sent - link.delivery_count) <= 0) return;
    const body = rhea.message.data_section(Buffer.from(content));
    link.send({ ttl: TTL_MS, content_type: 'application/json', body });
    this.#sent += 1;
  }

  /** The broker has what was sent: closing the connection alone could overtake it. */
  async close(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    if (!link || this.#blocked) return;
    const flushed = new AbortController();
    onEnded(link, () => flushed.abort());
    link.close();
    await pause(FLUSH_MS_MAX, flushed.signal);
  }

  #forget(link: Sender): void {
    if (this.#link === link) this.#link = undefined;
  }
}
