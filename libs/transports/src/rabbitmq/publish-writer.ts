import type { ConfirmChannel } from 'amqplib';
import type { Socket } from 'node:net';
import { FRAME_BYTES, headBytesMax, writeBody, writeHead, type Properties } from './publish-frames.js';

const SLAB_BYTES = 64 * 1024;

/** What the types of the client leave out. */
interface Inner {
  readonly ch: number;
  readonly connection: {
    readonly stream: Socket;
    readonly frameMax: number;
    /** Writes whole frames, and notes for the heartbeat that something was sent. */
    sendBytes(bytes: Uint8Array): void;
  };
  /** Called at the confirm of the next message; one call for each message, in their order. */
  pushConfirmCallback(onConfirm: (error: unknown) => void): void;
}

export type Confirmed = (error: unknown) => void;

/**
 * Publishes on a channel past the client's encoder and its streams: all messages of one turn of the event loop are laid side
 * by side and leave in one write. Nothing else may be published on the channel, since the broker counts messages as they come.
 */
export class PublishWriter {
  readonly #inner: Inner;
  readonly #exchange: string;
  readonly #onDrain: () => void;
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #filled = 0;
  #flushing: NodeJS.Immediate | undefined;

  /** `onDrain`: the socket takes more again, after `full`. */
  constructor(channel: ConfirmChannel, exchange: string, onDrain: () => void) {
    this.#inner = channel as unknown as Inner;
    this.#exchange = exchange;
    this.#onDrain = onDrain;
    this.#inner.connection.stream.on('drain', onDrain);
  }

  /** Whether the socket should be left alone until it has drained. */
  get full(): boolean {
    return this.#inner.connection.stream.writableNeedDrain;
  }

  /** Throws a `RangeError`, and sends nothing, when AMQP cannot carry the properties. */
  write(routingKey: string, properties: Properties, body: Buffer, onConfirm: Confirmed): void {
    const { ch, connection } = this.#inner;
    const head = { exchange: this.#exchange, routingKey, properties, bodyBytes: body.byteLength };
    const bodyFrameMax = connection.frameMax - FRAME_BYTES;
    const needed = headBytesMax(this.#exchange, routingKey, properties) + body.byteLength + FRAME_BYTES;
    if (body.byteLength > bodyFrameMax || needed > SLAB_BYTES) this.#writeApart(head, body, bodyFrameMax);
    else {
      if (this.#filled + needed > this.#slab.byteLength) this.#renewSlab();
      const end = writeHead(this.#slab, this.#filled, ch, head);
      this.#filled = body.byteLength === 0 ? end : writeBody(this.#slab, end, ch, body);
    }
    this.#inner.pushConfirmCallback(onConfirm);
    this.#flushing ??= setImmediate(() => this.#flush());
  }

  /** What is not sent yet never is. */
  close(): void {
    clearImmediate(this.#flushing);
    this.#inner.connection.stream.off('drain', this.#onDrain);
  }

  /** A message of its own buffer, in as many body frames as the broker wants. */
  #writeApart(head: Parameters<typeof writeHead>[3], body: Buffer, bodyFrameMax: number): void {
    const { ch, connection } = this.#inner;
    const frames = Math.ceil(body.byteLength / bodyFrameMax);
    const headMax = headBytesMax(head.exchange, head.routingKey, head.properties);
    const message = Buffer.allocUnsafe(headMax + body.byteLength + frames * FRAME_BYTES);
    let end = writeHead(message, 0, ch, head);
    for (let at = 0; at < body.byteLength; at += bodyFrameMax) {
      end = writeBody(message, end, ch, body.subarray(at, at + bodyFrameMax));
    }
    this.#send();
    connection.sendBytes(message.subarray(0, end));
  }

  #flush(): void {
    this.#flushing = undefined;
    this.#send();
  }

  /** What was sent stays the socket's until it is written, so what follows is laid behind it. */
  #send(): void {
    if (this.#filled === 0) return;
    const bytes = this.#slab.subarray(0, this.#filled);
    this.#slab = this.#slab.subarray(this.#filled);
    this.#filled = 0;
    this.#inner.connection.sendBytes(bytes);
  }

  #renewSlab(): void {
    this.#send();
    this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  }
}
