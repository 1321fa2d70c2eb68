import type { Delivery, EventContext, Sender } from 'rhea';
import type { PendingPublish } from '../pending-publish.js';
import { messageOf } from './message.js';
import { errorOf, onEnded, type AmqpError } from './wire.js';

export interface LaneSenderParts {
  readonly lane: number;
  /** One that was sent is answered, or never will be: its place is free. */
  readonly onFreed: (pending: PendingPublish) => void;
  /** There may be credit again. */
  readonly onCredit: () => void;
  /** The link broke while its connection stands. */
  readonly onBroken: (reason: string) => void;
}

/** What goes into one lane: waiting, in the order of the calls, and sent but not answered. */
export class LaneSender {
  readonly #parts: LaneSenderParts;
  readonly waiting = new Set<PendingPublish>();
  /** One past its deadline stays until it is answered. */
  readonly #inFlight = new Map<Delivery, PendingPublish>();
  #link: Sender | undefined;
  #sent = 0;
  #starvedSinceMs: number | undefined;

  constructor(parts: LaneSenderParts) {
    this.#parts = parts;
  }

  /** How many the broker takes now. The client counts a credit as used only when it writes, at the end of the turn. */
  get credit(): number {
    const link = this.#link as (Sender & { credit: number; delivery_count: number }) | undefined;
    return link?.sendable() ? link.credit - (this.#sent - link.delivery_count) : 0;
  }

  /** For how long it could have sent and had no credit, in milliseconds. */
  get starvedMs(): number {
    return this.#starvedSinceMs === undefined ? 0 : performance.now() - this.#starvedSinceMs;
  }

  attach(link: Sender): void {
    this.#link = link;
    this.#sent = 0;
    this.#starvedSinceMs = undefined;
    link.on('accepted', ({ delivery }: EventContext) => this.#take(delivery)?.stored());
    link.on('rejected', ({ delivery }: EventContext) => this.#rejected(delivery));
    link.on('released', ({ delivery }: EventContext) => this.#returned(delivery));
    link.on('settled', ({ delivery }: EventContext) => {
      this.#take(delivery)?.unknown('interrupted', 'The broker settled it and did not say whether it is stored.');
    });
    link.on('sendable', () => {
      this.#starvedSinceMs = undefined;
      this.#parts.onCredit();
    });
    onEnded(link, (error) => this.#broke(link, error));
  }

  /** Needs credit. */
  send(pending: PendingPublish): void {
    try {
      this.#inFlight.set(this.#link!.send(messageOf(pending.envelope)), pending);
      this.#sent += 1;
    } catch (cause) {
      // Nothing is sent when the client cannot encode it.
      pending.notStored('too-large', `It cannot be encoded: ${(cause as Error).message}.`, { cause });
      this.#parts.onFreed(pending);
    }
  }

  /** It has something to send, and no credit. */
  starve(): void {
    if (this.#link) this.#starvedSinceMs ??= performance.now();
  }

  /** What was sent may be stored or not. */
  interrupt(message: string): void {
    this.#link = undefined;
    this.#starvedSinceMs = undefined;
    for (const delivery of [...this.#inFlight.keys()]) this.#take(delivery)?.unknown('interrupted', message);
  }

  #rejected(delivery: Delivery | undefined): void {
    const state = delivery?.remote_state as { error?: unknown } | undefined;
    const { condition, message } = errorOf(state?.error);
    const { lane } = this.#parts;
    const pending = this.#take(delivery);
    if (condition === FULL || SAYS_FULL.test(message)) {
      pending?.notStored('overloaded', `Lane ${lane} is full at the broker: ${message}`, LANE_FULL);
    } else if (condition === 'amqp:not-found' || /does not exist/.test(message)) {
      const text = `Lane ${lane} has no queue at the broker (${message}). Restart a process: it declares it.`;
      pending?.notStored('unroutable', text);
    } else {
      pending?.notStored('unavailable', `The broker refuses to store it: ${message}.`);
    }
  }

  #returned(delivery: Delivery | undefined): void {
    this.#take(delivery)?.notStored('overloaded', 'The broker gave it back and takes it later.', {
      retryAfterMs: 1_000,
    });
  }

  #take(delivery: Delivery | undefined): PendingPublish | undefined {
    const pending = delivery && this.#inFlight.get(delivery);
    if (!pending) return undefined;
    this.#inFlight.delete(delivery);
    this.#parts.onFreed(pending);
    return pending;
  }

  #broke(link: Sender, { message }: AmqpError): void {
    if (this.#link !== link) return;
    this.interrupt(`The broker ended the link before it accepted: ${message}.`);
    this.#parts.onBroken(message);
  }
}

const FULL = 'amqp:resource-limit-exceeded';
const SAYS_FULL = /is full|Usage Manager|no space/i;
const LANE_FULL = { setting: 'ACTIVEMQ_LANE_COUNT_MAX' };
