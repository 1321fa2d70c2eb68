import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import type { Envelope } from '#messaging';
import type { PendingPublish } from '../pending-publish.js';
import { AWAY, PublishQueue } from '../publish-queue.js';
import { messageOf } from './message.js';
import { PublishWriter } from './publish-writer.js';

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
  readonly #queue: PublishQueue;
  #channel: ConfirmChannel | undefined;
  #writer: PublishWriter | undefined;
  #closed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#queue = new PublishQueue({
      ...options,
      inFlightSetting: 'RABBITMQ_IN_FLIGHT_COUNT_MAX',
      send: (pending, tag) => this.#send(pending, tag),
    });
  }

  /** Goes on over this connection. */
  async attach(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    let failure: Error | undefined;
    channel.on('error', (error) => (failure = error));
    // Before the client's own listener, which calls every confirm back with an error that looks like a refusal.
    channel.prependListener('close', () => this.#lost(channel, failure));
    channel.on('return', (message) => this.#returned(message));
    this.#channel = channel;
    this.#writer = new PublishWriter(channel, this.#options.exchange, () => this.#queue.clog(false));
    this.#queue.connected();
  }

  /** The broker takes nothing in, or does again. */
  block(reason: string | undefined): void {
    this.#queue.block(reason);
  }

  publish(envelope: Envelope, deadlineMs: number): Promise<void> {
    return this.#queue.publish(envelope, deadlineMs);
  }

  /** Takes no more, and gives those under way until the deadline. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    await this.#queue.close(deadlineMs);
  }

  /** A publish is counted by the broker, so that a tag is its delivery tag. */
  #send(pending: PendingPublish, tag: number): boolean {
    const { envelope } = pending;
    const { body, properties } = messageOf(envelope, tag);
    const onConfirm = (error: unknown) => this.#confirmed(tag, error);
    try {
      this.#writer!.write(String(envelope.lane), properties, body, onConfirm);
      if (this.#writer!.full) this.#queue.clog(true);
      return true;
    } catch (cause) {
      // Nothing is sent, and no tag used, for what AMQP cannot carry.
      const { name, message } = cause as Error;
      if (name !== 'RangeError') pending.notStored('unavailable', AWAY, { cause });
      else pending.notStored('too-large', `Its attributes are too large: ${message}.`, { cause });
      return false;
    }
  }

  #confirmed(tag: number, error: unknown): void {
    this.#queue.confirmed(tag, (pending) => {
      if (error) pending.notStored('overloaded', `Lane ${pending.envelope.lane} is full at the broker.`, LANE_FULL);
      else pending.stored();
    });
  }

  /** Comes before the confirm, which then only frees its place. */
  #returned({ properties, fields }: Message): void {
    const { exchange } = this.#options;
    this.#queue
      .underWay(Number(properties.appId))
      ?.notStored(
        'unroutable',
        `No queue takes the routing key ${fields.routingKey} of the exchange ${exchange}. Restart a process: it binds them.`,
      );
  }

  #lost(channel: ConfirmChannel, failure: Error | undefined): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    this.#writer?.close();
    this.#writer = undefined;
    this.#queue.lost(`The connection was lost before the broker confirmed${failure ? `: ${failure.message}` : ''}.`);
    if (failure && !this.#closed) this.#options.onBroken(failure.message);
  }
}

const LANE_FULL = { setting: 'RABBITMQ_LANE_COUNT_MAX' };
