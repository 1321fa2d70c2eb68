import { createInbox, type Msg } from '@nats-io/transport-node';
import type { Envelope } from '#messaging';
import type { PendingPublish } from '../pending-publish.js';
import { AWAY, PublishQueue } from '../publish-queue.js';
import type { NatsLine } from './endpoint.js';
import { headersOf } from './message.js';
import type { Topology } from './topology.js';

/** How long servers that took one command not are taken to take none. */
const TROUBLE_MS = 2_000;

export interface PublisherOptions {
  readonly topology: Topology;
  /** The most publishes that were sent and are not confirmed, and the bytes of their bodies. */
  readonly inFlightCountMax: number;
  readonly inFlightBytesMax: number;
  /** The servers take nothing in, or are to be tried again. */
  readonly onTrouble: (reason: string | undefined) => void;
}

/** What a stream answers to a publish. */
interface Acknowledgement {
  readonly stream?: string;
  readonly error?: { readonly code: number; readonly err_code: number; readonly description: string };
}

/** Publishes in the order of the calls, over one connection at a time, and settles each by what its stream answers. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #queue: PublishQueue;
  #line: NatsLine | undefined;
  #inbox = '';
  #troubleTimer: NodeJS.Timeout | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#queue = new PublishQueue({
      ...options,
      inFlightSetting: 'NATS_IN_FLIGHT_COUNT_MAX',
      answersMayFail: true,
      send: (pending, tag) => this.#send(pending, tag),
    });
  }

  /** Goes on over this connection. The answers come to an address of its own, so that no older one is taken for them. */
  attach(line: NatsLine): void {
    this.#inbox = createInbox();
    line.connection.subscribe(`${this.#inbox}.*`, { callback: (_error, message) => this.#answered(message) });
    this.#line = line;
    this.#queue.connected();
  }

  lost(reason: string): void {
    if (!this.#line) return;
    this.#line = undefined;
    this.#queue.lost(reason);
  }

  /** The server has refused what is under way to that subject. */
  forbidden(subject: string, reason: string): void {
    const { topology } = this.#options;
    for (const [tag, { envelope }] of this.#queue.allUnderWay()) {
      if (topology.subjectOf(envelope.lane) !== subject) continue;
      this.#queue.confirmed(tag, (pending) => pending.notStored('unavailable', reason, FORBIDDEN));
    }
  }

  publish(envelope: Envelope, deadlineMs: number): Promise<void> {
    return this.#queue.publish(envelope, deadlineMs);
  }

  /** Takes no more, and gives those under way until the deadline. */
  async close(deadlineMs: number): Promise<void> {
    await this.#queue.close(deadlineMs);
    clearTimeout(this.#troubleTimer);
  }

  #send(pending: PendingPublish, tag: number): boolean {
    const { envelope } = pending;
    const { body, lane } = envelope;
    const line = this.#line!;
    try {
      line.connection.publish(this.#options.topology.subjectOf(lane), body, {
        headers: headersOf(envelope),
        reply: `${this.#inbox}.${tag}`,
      });
      if (line.unsentBytes > this.#options.inFlightBytesMax) {
        this.#queue.clog(true);
        line.whenSent(() => this.#queue.clog(false));
      }
      return true;
    } catch (cause) {
      // The connection is on its way out, and `lost` comes.
      pending.notStored('unavailable', AWAY, { cause });
      return false;
    }
  }

  #answered(message: Msg): void {
    const tag = Number(message.subject?.slice(this.#inbox.length + 1));
    this.#queue.confirmed(tag, (pending) => this.#settle(pending, message));
  }

  #settle(pending: PendingPublish, message: Msg): void {
    const { lane } = pending.envelope;
    if (message.headers?.code === NO_RESPONDERS) {
      const text = `No stream takes ${this.#options.topology.subjectOf(lane)}: JetStream is off, without a leader, or the stream is gone.`;
      return this.#troubled(pending, 'unavailable', text);
    }
    const { stream, error } = acknowledgementOf(message);
    if (stream !== undefined && error === undefined) {
      this.#trouble(undefined);
      return pending.stored();
    }
    if (error === undefined) return pending.unknown('interrupted', 'The answer of the server cannot be read.');
    const { description } = error;
    if (LANE_FULL.test(description)) {
      return pending.notStored('overloaded', `Lane ${lane} is full at the servers: ${description}.`, FULL);
    }
    if (NO_ROOM.test(description)) {
      const text = `The server has no room: ${description}. Make room on its disk, and start it again if JetStream is off.`;
      return this.#troubled(pending, 'overloaded', text);
    }
    return pending.notStored('overloaded', `The server does not take lane ${lane}: ${description}.`);
  }

  #troubled(pending: PendingPublish, failure: 'unavailable' | 'overloaded', reason: string): void {
    pending.notStored(failure, reason, { retryAfterMs: TROUBLE_MS });
    this.#trouble(reason);
  }

  #trouble(reason: string | undefined): void {
    if (reason === undefined && !this.#troubleTimer) return;
    clearTimeout(this.#troubleTimer);
    this.#troubleTimer = reason === undefined ? undefined : setTimeout(() => this.#trouble(undefined), TROUBLE_MS);
    this.#options.onTrouble(reason);
  }
}

function acknowledgementOf(message: Msg): Acknowledgement {
  try {
    return message.json<Acknowledgement>();
  } catch {
    return {};
  }
}

const NO_RESPONDERS = 503;
const LANE_FULL = /^maximum (messages|bytes)/;
const NO_ROOM = /insufficient|no space left/;
const FULL = { setting: 'NATS_LANE_COUNT_MAX' };
const FORBIDDEN = { setting: 'NATS_URLS' };
