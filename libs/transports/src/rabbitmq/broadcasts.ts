import type { Channel, ChannelModel, Message } from 'amqplib';
import { pause } from '../pause.js';
import type { Broadcasts } from '../signals.js';
import type { Topology } from './topology.js';

/** What an inbox that is not read keeps: the newest, since a notice is a hint that ages. */
const INBOX_COUNT_MAX = 10_000;
const INBOX_BYTES_MAX = 16 * 1024 ** 2;

/**
 * Notices and presences by an exchange each, which every inbox's queue is bound to; what cannot go at once is dropped. An inbox
 * that breaks is told of: its connection is to be made anew.
 */
export class RabbitmqBroadcasts implements Broadcasts<ChannelModel> {
  readonly #topology: Topology;
  readonly #onBroken: (reason: string) => void;
  #channel: Channel | undefined;
  #bufferFull = false;
  #blocked = false;

  constructor(topology: Topology, onBroken: (reason: string) => void) {
    this.#topology = topology;
    this.#onBroken = onBroken;
  }

  /** From now on sent over this connection. */
  async attach(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    channel.on('close', () => {
      if (this.#channel === channel) this.#channel = undefined;
    });
    channel.on('drain', () => (this.#bufferFull = false));
    this.#bufferFull = false;
    this.#blocked = false;
    this.#channel = channel;
  }

  /** While the broker takes nothing in, broadcasts would only fill this process's memory. */
  block(blocked: boolean): void {
    this.#blocked = blocked;
  }

  sendNotice(content: Uint8Array): void {
    this.#send(this.#topology.notices, content);
  }

  sendPresence(content: Uint8Array): void {
    this.#send(this.#topology.presence, content);
  }

  hearNotices(model: ChannelModel, onContent: (content: Uint8Array) => void): Promise<void> {
    return this.#hear(model, this.#topology.notices, onContent);
  }

  hearPresence(model: ChannelModel, onContent: (content: Uint8Array) => void): Promise<void> {
    return this.#hear(model, this.#topology.presence, onContent);
  }

  /** The broker has what was sent: closing the connection alone would overtake it. */
  async close(): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    if (!channel || this.#blocked) return;
    const flushed = new AbortController();
    channel.on('close', () => flushed.abort());
    channel.close().catch(() => flushed.abort());
    await pause(FLUSH_MS_MAX, flushed.signal);
  }

  #send(exchange: string, content: Uint8Array): void {
    if (!this.#channel || this.#bufferFull || this.#blocked) return;
    this.#bufferFull = !this.#channel.publish(exchange, '', Buffer.from(content), TRANSIENT);
  }

  /** By a queue that lives as long as the connection. */
  async #hear(model: ChannelModel, exchange: string, onContent: (content: Uint8Array) => void): Promise<void> {
    const channel = await model.createChannel();
    channel.on('error', (error) => this.#onBroken(error.message));
    await channel.assertExchange(exchange, 'fanout', { durable: true });
    const { queue } = await channel.assertQueue('', {
      exclusive: true,
      autoDelete: true,
      durable: false,
      arguments: { 'x-max-length': INBOX_COUNT_MAX, 'x-max-length-bytes': INBOX_BYTES_MAX, 'x-overflow': 'drop-head' },
    });
    await channel.bindQueue(queue, exchange, '');
    const heard = (message: Message | null): void => {
      if (message) onContent(message.content);
      else this.#onBroken(`The broker took the queue of ${exchange} away.`);
    };
    await channel.consume(queue, heard, { noAck: true });
  }
}

/** What the broker has to take in what was sent last. */
const FLUSH_MS_MAX = 500;
const TRANSIENT = { persistent: false, contentType: 'application/json' };
