import rhea, { type Receiver, type Sender } from 'rhea';
import { pause } from '../pause.js';
import { bodyOf } from './body.js';
import { topic } from './topology.js';
import { onEnded, type Wire } from './wire.js';

/** How many may be sent and not answered; what is more is dropped. */
const UNANSWERED_MAX = 1_024;
/** How many an inbox takes ahead. */
const INBOX_CREDIT = 1_024;
/** A notice is a hint that ages. */
const TTL_MS = 10_000;
/** What the broker has to take in what was sent last. */
const FLUSH_MS_MAX = 500;

/** Sends to every process of the installation, best effort: what cannot go at once is dropped. */
export class BroadcastSender {
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

/** Hears what is sent to one topic, for as long as the connection lives. */
export class BroadcastInbox {
  readonly #address: string;
  readonly #onContent: (content: Uint8Array) => void;
  readonly #onBroken: (reason: string) => void;

  constructor(address: string, onContent: (content: Uint8Array) => void, onBroken: (reason: string) => void) {
    this.#address = address;
    this.#onContent = onContent;
    this.#onBroken = onBroken;
  }

  async attach(wire: Wire): Promise<void> {
    const link: Receiver = await wire.openReceiver(topic(this.#address), INBOX_CREDIT);
    onEnded(link, ({ message }) => this.#onBroken(`The broker ended the listening to ${this.#address}: ${message}.`));
    link.on('message', ({ message, delivery }) => {
      delivery?.accept();
      link.add_credit(1);
      if (message) this.#onContent(bodyOf(message.body));
    });
    link.add_credit(INBOX_CREDIT);
  }
}
