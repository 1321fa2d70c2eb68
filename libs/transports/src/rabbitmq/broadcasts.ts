import type { Channel, ChannelModel, Message } from 'amqplib';
import { pause } from '../pause.js';

/** What an inbox that is not read keeps: the newest, since a notice is a hint that ages. */
const INBOX_COUNT_MAX = 10_000;
const INBOX_BYTES_MAX = 16 * 1024 ** 2;

/** Sends to every process of the installation, best effort: what cannot go at once is dropped. */
export class BroadcastSender {
  #channel: Channel | undefined;
  #bufferFull = false;
  #blocked = false;

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

  send(exchange: string, content: Uint8Array): void {
    if (!this.#channel || this.#bufferFull || this.#blocked) return;
    this.#bufferFull = !this.#channel.publish(exchange, '', Buffer.from(content), TRANSIENT);
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
}

/** What the broker has to take in what was sent last. */
const FLUSH_MS_MAX = 500;
const TRANSIENT = { persistent: false, contentType: 'application/json' };

/** Hears what is sent to one exchange, through a queue that lives as long as the connection. */
export class BroadcastInbox {
  readonly #exchange: string;
  readonly #onContent: (content: Uint8Array) => void;
  readonly #onBroken: (reason: string) => void;

  constructor(exchange: string, onContent: (content: Uint8Array) => void, onBroken: (reason: string) => void) {
    this.#exchange = exchange;
    this.#onContent = onContent;
    this.#onBroken = onBroken;
  }

  async attach(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    channel.on('error', (error) => this.#onBroken(error.message));
    await channel.assertExchange(this.#exchange, 'fanout', { durable: true });
    const { queue } = await channel.assertQueue('', {
      exclusive: true,
      autoDelete: true,
      durable: false,
      arguments: { 'x-max-length': INBOX_COUNT_MAX, 'x-max-length-bytes': INBOX_BYTES_MAX, 'x-overflow': 'drop-head' },
    });
    await channel.bindQueue(queue, this.#exchange, '');
    await channel.consume(queue, (message) => this.#heard(message), { noAck: true });
  }

  #heard(message: Message | null): void {
    if (message) this.#onContent(message.content);
    else this.#onBroken(`The broker took the queue of ${this.#exchange} away.`);
  }
}
