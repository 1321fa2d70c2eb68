import { PublishError, type Envelope } from '#messaging';
import { pause } from './pause.js';
import { PendingPublish } from './pending-publish.js';

/** How long publishes wait for a connection that was lost a moment ago. */
const RECONNECT_WAIT_MS = 1_000;
/** More wait for their turn than are under way, by this factor; beyond it is refused at once. */
const WAITING_PER_IN_FLIGHT = 4;
const OVERLOADED_RETRY_AFTER_MS = 1_000;
/** What keeps a broker from taking anything in, as a full disk, ends when somebody makes room: sooner than this is rare. */
const BLOCKED_RETRY_AFTER_MS = 5_000;

export interface PublishQueueParts {
  /** The most publishes that were sent and are not confirmed, and the bytes of their bodies. */
  readonly inFlightCountMax: number;
  readonly inFlightBytesMax: number;
  /** The setting behind the first of them. */
  readonly inFlightSetting: string;
  /**
   * Sends it over the connection that is there; what comes back is handed to `confirmed` by the tag. False: it could not be
   * sent, and is settled; the tag is used for the next.
   */
  readonly send: (pending: PendingPublish, tag: number) => boolean;
  /** True: an answer may never come, so that one past its deadline gives its place to others. */
  readonly answersMayFail?: boolean;
}

/** Publishes in the order of the calls, bounded in what is under way and in what waits, each until its answer or its deadline. */
export class PublishQueue {
  readonly #parts: PublishQueueParts;
  readonly #slow: { readonly setting: string; readonly retryAfterMs: number };
  readonly #waiting = new Set<PendingPublish>();
  #waitingBytes = 0;
  /** By tag, which counts the publishes of a connection from 1. */
  readonly #inFlight = new Map<number, PendingPublish>();
  #inFlightBytes = 0;
  #connected = false;
  #lastTag = 0;
  #clogged = false;
  #blockedBecause: string | undefined;
  #awayTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #unsettled = 0;
  #onNoneLeft: () => void = () => undefined;

  constructor(parts: PublishQueueParts) {
    this.#parts = parts;
    this.#slow = { setting: parts.inFlightSetting, retryAfterMs: OVERLOADED_RETRY_AFTER_MS };
  }

  /** There is a new connection to send over. */
  connected(): void {
    clearTimeout(this.#awayTimer);
    this.#awayTimer = undefined;
    this.#connected = true;
    this.#lastTag = 0;
    this.#clogged = false;
    this.#sendWaiting();
  }

  /** The connection is gone; what was under way may be stored or not. */
  lost(reason: string): void {
    this.#connected = false;
    this.#interrupt(reason);
    if (this.#closed) return;
    this.#awayTimer = setTimeout(() => {
      this.#awayTimer = undefined;
      for (const pending of this.#waiting) pending.notStored('unavailable', AWAY);
      this.#forgetWaiting();
    }, RECONNECT_WAIT_MS);
  }

  /** What was sent does not leave this process for now, or does again. */
  clog(clogged: boolean): void {
    this.#clogged = clogged;
    if (!clogged) this.#sendWaiting();
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

  /** The one that is under way with that tag, which stays. */
  underWay(tag: number): PendingPublish | undefined {
    return this.#inFlight.get(tag);
  }

  /** All that are under way, which stay. */
  allUnderWay(): readonly (readonly [tag: number, pending: PendingPublish])[] {
    return [...this.#inFlight];
  }

  /** The broker has answered the one with that tag: its place is free. */
  confirmed(tag: number, settle: (pending: PendingPublish) => void): void {
    const pending = this.#inFlight.get(tag);
    if (!pending) return;
    this.#inFlight.delete(tag);
    this.#inFlightBytes -= pending.bytes;
    settle(pending);
    this.#sendWaiting();
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
    if (!this.#connected && !this.#awayTimer) return new PublishError('not-stored', 'unavailable', AWAY);
    const { inFlightCountMax, inFlightBytesMax } = this.#parts;
    const full =
      this.#waiting.size >= inFlightCountMax * WAITING_PER_IN_FLIGHT ||
      this.#waitingBytes + body.byteLength > inFlightBytesMax * WAITING_PER_IN_FLIGHT;
    return full ? new PublishError('not-stored', 'overloaded', OVERLOADED, { ...this.#slow }) : undefined;
  }

  #hasRoom(bytes: number): boolean {
    const { inFlightCountMax, inFlightBytesMax } = this.#parts;
    return (
      this.#connected &&
      !this.#clogged &&
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
    const tag = this.#lastTag + 1;
    if (!this.#parts.send(pending, tag)) return;
    this.#lastTag = tag;
    this.#inFlight.set(tag, pending);
    this.#inFlightBytes += pending.bytes;
  }

  #interrupt(message: string): void {
    for (const pending of this.#inFlight.values()) pending.unknown('interrupted', message);
    this.#inFlight.clear();
    this.#inFlightBytes = 0;
  }

  readonly #onDeadline = (pending: PendingPublish): void => {
    if (!this.#waiting.has(pending)) return this.#unanswered(pending);
    this.#stopWaiting(pending);
    if (this.#connected) pending.notStored('overloaded', OVERLOADED, this.#slow);
    else pending.notStored('unavailable', AWAY);
  };

  #unanswered(pending: PendingPublish): void {
    pending.unknown('timeout', 'The broker did not confirm by the deadline.');
    if (!this.#parts.answersMayFail) return;
    const [tag] = this.allUnderWay().find(([, one]) => one === pending) ?? [];
    if (tag !== undefined) this.confirmed(tag, () => undefined);
  }

  #stopWaiting(pending: PendingPublish): void {
    this.#waiting.delete(pending);
    this.#waitingBytes -= pending.bytes;
  }

  #forgetWaiting(): void {
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }
}

export const AWAY = 'There is no connection to the broker.';
const OVERLOADED = 'The broker confirms too slowly for all that is published.';
const BLOCKED = { retryAfterMs: BLOCKED_RETRY_AFTER_MS };
