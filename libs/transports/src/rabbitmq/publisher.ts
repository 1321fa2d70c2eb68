import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import { PublishError, type Envelope } from '#messaging';
import { pause } from '../pause.js';
import { PendingPublish } from './pending-publish.js';
import { messageOf } from './message.js';

/** How long publishes wait for a connection that was lost a moment ago. */
const RECONNECT_WAIT_MS = 1_000;
/** More wait for their turn than are under way, by this factor; beyond it is refused at once. */
const WAITING_PER_IN_FLIGHT = 4;
const OVERLOADED_RETRY_AFTER_MS = 1_000;
/** An alarm ends when memory or disk is freed: sooner than this is rare. */
const BLOCKED_RETRY_AFTER_MS = 5_000;

export interface PublisherOptions {
  readonly exchange: string;
  /** The most publishes that were sent and are not confirmed, and the bytes of their bodies. */
  readonly inFlightCountMax: number;
  readonly inFlightBytesMax: number;
  /** The channel broke while its connection stands. */
  readonly onBroken: (reason: string) => void;
}

/** Publishes in the order of the calls, through one channel at a time, and settles each by what the broker confirms. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #waiting = new Set<PendingPublish>();
  #waitingBytes = 0;
  /** By delivery tag, which counts the publishes of a channel from 1. One past its deadline stays until it is confirmed. */
  readonly #inFlight = new Map<number, PendingPublish>();
  #inFlightBytes = 0;
  #channel: ConfirmChannel | undefined;
  #lastTag = 0;
  #bufferFull = false;
  #blockedBecause: string | undefined;
  #awayTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #unsettled = 0;
  #onNoneLeft: () => void = () => undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Goes on over this connection. */
  async attach(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    let failure: Error | undefined;
    channel.on('error', (error) => (failure = error));
    // Before the client's own listener, which calls every confirm back with an error that looks like a refusal.
    channel.prependListener('close', () => this.#lost(channel, failure));
    channel.on('drain', () => {
      this.#bufferFull = false;
      this.#sendWaiting();
    });
    channel.on('return', (message) => this.#returned(message));
    clearTimeout(this.#awayTimer);
    this.#awayTimer = undefined;
    this.#channel = channel;
    this.#lastTag = 0;
    this.#bufferFull = false;
    this.#sendWaiting();
  }

  /** The broker takes nothing in, or does again. */
  block(reason: string | undefined): void {
    this.#blockedBecause = reason;
    if (reason === undefined) return this.#sendWaiting();
    for (const pending of this.#waiting) pending.notStored('overloaded', reason, BLOCKED);
    this.#forgetWaiting();
  }

  publish(envelope: Envelope, deadlineMs: number): Promise<void> {
    const refusal = this.#refusal(envelope);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#unsettled += 1;
      const pending = new PendingPublish(envelope, deadlineMs, this.#onDeadline, (error) => {
        this.#unsettled -= 1;
        if (this.#unsettled === 0) this.#onNoneLeft();
        if (error) reject(error);
        else resolve();
      });
      if (this.#waiting.size === 0 && this.#hasRoom(pending.bytes)) return this.#send(pending);
      this.#waiting.add(pending);
      this.#waitingBytes += pending.bytes;
    });
  }

  /** Takes no more, and gives those under way until the deadline. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    if (this.#unsettled > 0) {
      const noneLeft = new AbortController();
      this.#onNoneLeft = () => noneLeft.abort();
      await pause(deadlineMs, noneLeft.signal);
    }
    clearTimeout(this.#awayTimer);
    for (const pending of this.#waiting) pending.notStored('closed', 'The transport was closed before its turn came.');
    this.#forgetWaiting();
    this.#interrupt('The transport was closed before the broker confirmed.');
  }

  #refusal({ body }: Envelope): PublishError | undefined {
    if (this.#closed) return new PublishError('not-stored', 'closed', 'The transport is closed.');
    if (this.#blockedBecause !== undefined) {
      return new PublishError('not-stored', 'overloaded', this.#blockedBecause, BLOCKED);
    }
    if (!this.#channel && !this.#awayTimer) return new PublishError('not-stored', 'unavailable', AWAY);
    const { inFlightCountMax, inFlightBytesMax } = this.#options;
    const full =
      this.#waiting.size >= inFlightCountMax * WAITING_PER_IN_FLIGHT ||
      this.#waitingBytes + body.byteLength > inFlightBytesMax * WAITING_PER_IN_FLIGHT;
    return full ? new PublishError('not-stored', 'overloaded', OVERLOADED, { ...SLOW }) : undefined;
  }

  #hasRoom(bytes: number): boolean {
    const { inFlightCountMax, inFlightBytesMax } = this.#options;
    return (
      this.#channel !== undefined &&
      !this.#bufferFull &&
      this.#inFlight.size < inFlightCountMax &&
      (this.#inFlight.size === 0 || this.#inFlightBytes + bytes <= inFlightBytesMax)
    );
  }

  #sendWaiting(): void {
    for (const pending of this.#waiting) {
      if (!this.#hasRoom(pending.bytes)) return;
      this.#stopWaiting(pending);
      this.#send(pending);
    }
  }

  #send(pending: PendingPublish): void {
    const { envelope } = pending;
    const tag = this.#lastTag + 1;
    const { body, properties } = messageOf(envelope, tag);
    const onConfirm = (error: unknown) => this.#confirmed(tag, error);
    try {
      const { exchange } = this.#options;
      this.#bufferFull = !this.#channel!.publish(exchange, String(envelope.lane), body, properties, onConfirm);
    } catch (cause) {
      // Nothing is sent, and no tag used, when the client cannot encode it.
      const { name, message } = cause as Error;
      if (name !== 'RangeError') return pending.notStored('unavailable', AWAY, { cause });
      return pending.notStored('too-large', `Its attributes are too large: ${message}.`, { cause });
    }
    this.#lastTag = tag;
    this.#inFlight.set(tag, pending);
    this.#inFlightBytes += pending.bytes;
  }

  #confirmed(tag: number, error: unknown): void {
    const pending = this.#inFlight.get(tag);
    if (!pending) return;
    this.#inFlight.delete(tag);
    this.#inFlightBytes -= pending.bytes;
    if (error) pending.notStored('overloaded', `Lane ${pending.envelope.lane} is full at the broker.`, LANE_FULL);
    else pending.stored();
    this.#sendWaiting();
  }

  /** Comes before the confirm, which then only frees its place. */
  #returned({ properties, fields }: Message): void {
    const pending = this.#inFlight.get(Number(properties.appId));
    const { exchange } = this.#options;
    pending?.notStored(
      'unroutable',
      `No queue takes the routing key ${fields.routingKey} of the exchange ${exchange}. Restart a process: it binds them.`,
    );
  }

  #lost(channel: ConfirmChannel, failure: Error | undefined): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    this.#interrupt(`The connection was lost before the broker confirmed${failure ? `: ${failure.message}` : ''}.`);
    if (this.#closed) return;
    this.#awayTimer = setTimeout(() => {
      this.#awayTimer = undefined;
      for (const pending of this.#waiting) pending.notStored('unavailable', AWAY);
      this.#forgetWaiting();
    }, RECONNECT_WAIT_MS);
    if (failure) this.#options.onBroken(failure.message);
  }

  #interrupt(message: string): void {
    for (const pending of this.#inFlight.values()) pending.unknown('interrupted', message);
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
  }

  readonly #onDeadline = (pending: PendingPublish): void => {
    if (!this.#waiting.has(pending)) return pending.unknown('timeout', 'The broker did not confirm by the deadline.');
    this.#stopWaiting(pending);
    if (this.#channel) pending.notStored('overloaded', OVERLOADED, SLOW);
    else pending.notStored('unavailable', AWAY);
  };

  #stopWaiting(pending: PendingPublish): void {
    this.#waiting.delete(pending);
    this.#waitingBytes -= pending.bytes;
  }

  #forgetWaiting(): void {
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }
}

const AWAY = 'There is no connection to the broker.';
const OVERLOADED = 'The broker confirms too slowly for all that is published.';
const SLOW = { setting: 'RABBITMQ_IN_FLIGHT_COUNT_MAX', retryAfterMs: OVERLOADED_RETRY_AFTER_MS };
const BLOCKED = { retryAfterMs: BLOCKED_RETRY_AFTER_MS };
const LANE_FULL = { setting: 'RABBITMQ_LANE_COUNT_MAX' };
