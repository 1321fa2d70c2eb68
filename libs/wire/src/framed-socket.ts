import { TcpSocket } from '@nestjs/microservices';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import { encodeFrame, FrameDecoder, FrameFault } from './frame.js';
import { checkGreeting, greetingOf, type LinkIdentity } from './greeting.js';
import { LINK_LIMITS, type LinkLimits } from './limits.js';
import type { Frame, Link, LinkListener } from './link.js';

/** Kinds of frames that the link itself needs; users have 0 to 127. */
const Kind = { greeting: 128, beat: 129, draining: 130, bye: 131, nestMessage: 132 } as const;
const USER_KIND_MAX = 127;

/** Nobody unknown may make us hold more than this. */
const GREETING_BYTES_MAX = 64 * 1024;
const REASON_CHARACTERS_MAX = 500;
/** How long what was sent before a close may take to go out, in milliseconds. */
const FLUSH_MS = 2_000;
/**
 * Deadlines are counted in ticks and not in time, so that a process which was itself held up finds what arrived meanwhile
 * before it blames the other end. Six halves of a heartbeat make three heartbeats.
 */
const SILENT_HALVES_MAX = 6;
const GREETING_TICKS_MAX = 10;
const NO_BODY = new Uint8Array();
const BETWEEN_NEST_APPS: LinkIdentity = { service: 'nest', greeting: {}, token: undefined };

export interface FramedSocketOptions {
  readonly identity?: LinkIdentity;
  readonly limits?: Partial<LinkLimits>;
  /** Where the other end is; else what the socket knows of it. */
  readonly peer?: string;
  /** `onClosed` is called for every socket, also for one that was never open. */
  readonly listener?: Partial<LinkListener>;
}

/**
 * A link over one TCP or TLS connection. As Nest's `socketClass` it also carries the messages of `ServerTCP` and `ClientTCP`.
 *
 * Reading is never paused, so two ends that are both full cannot wait for each other for ever: what is received is bounded
 * by the credit that users grant, what is sent by `sendBytesMax`. A user that goes on sending although `send` said false
 * loses the link before it costs more than two frames' memory beyond that.
 */
export class FramedSocket extends TcpSocket implements Link {
  readonly #identity: LinkIdentity;
  readonly #limits: LinkLimits;
  readonly #listener: Partial<LinkListener>;
  readonly #givenPeer: string | undefined;
  readonly #dials: boolean;
  readonly #decoder = new FrameDecoder(GREETING_BYTES_MAX);
  #phase: 'connecting' | 'greeting' | 'open' | 'closing' | 'closed' = 'connecting';
  #greeting: Readonly<Record<string, string>> = {};
  #timer: NodeJS.Timeout;
  #peer = '';
  #reason: string | undefined;
  /** Messages of Nest, which sends as soon as TCP connects, until the greeting may go out. */
  #early: Buffer[] = [];
  #corked = false;
  #full = false;
  #ticks = 0;
  #silentHalves = 0;
  #draining = false;
  #peerDraining = false;

  constructor(socket: Socket, { identity, limits, peer, listener }: FramedSocketOptions = {}) {
    super(socket);
    this.#identity = identity ?? BETWEEN_NEST_APPS;
    this.#limits = { ...LINK_LIMITS, ...limits };
    this.#listener = listener ?? {};
    this.#givenPeer = peer;
    // What Nest hands over tells the direction only by this: an accepted socket is connected already.
    this.#dials = socket.pending || socket.connecting;
    socket.setNoDelay(true);
    this.#timer = setInterval(() => this.#onGreetingTick(), this.#limits.greetingMs / GREETING_TICKS_MAX);
    socket.on('error', (error) => (this.#reason ??= error.message || String(error)));
    socket.on('end', () => (this.#reason ??= 'the other end closed the connection without a word'));
    socket.on('close', () => this.#onClosed());
    socket.on('drain', () => this.#onDrain());
    if (!this.#dials) this.#onConnected();
    // The token must not go to a server whose certificate has not been verified yet.
    else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => this.#onConnected());
  }

  get peer(): string {
    return this.#givenPeer ?? this.#peer;
  }

  get greeting(): Readonly<Record<string, string>> {
    return this.#greeting;
  }

  get closed(): boolean {
    return this.#phase === 'closing' || this.#phase === 'closed';
  }

  /** Throws a `FrameFault` for a frame past `frameBytesMax`, and a `RangeError` for a kind that is not the users'. */
  send(frame: Frame): boolean {
    if (!Number.isInteger(frame.kind) || frame.kind < 0 || frame.kind > USER_KIND_MAX) {
      throw new RangeError(`A frame's kind is 0 to ${USER_KIND_MAX}, not ${frame.kind}.`);
    }
    const bytes = encodeFrame(frame, this.#limits.frameBytesMax);
    return this.#phase === 'open' && this.#write(bytes);
  }

  drain(): void {
    if (this.#draining || this.closed) return;
    this.#draining = true;
    this.#write(control(Kind.draining));
  }

  close(reason = 'it was closed in order'): void {
    this.#end(reason);
  }

  protected override handleSend(message: unknown, callback?: (error?: unknown) => void): void {
    const body = Buffer.from(JSON.stringify(message));
    const bytes = encodeFrame({ kind: Kind.nestMessage, head: null, body }, this.#limits.frameBytesMax);
    if (this.#phase === 'connecting') this.#early.push(bytes);
    else this.#write(bytes);
    callback?.();
  }

  protected override handleData(data: Buffer | string): void {
    this.#silentHalves = 0;
    if (this.closed) return;
    try {
      for (const frame of this.#decoder.push(typeof data === 'string' ? Buffer.from(data) : data)) {
        this.#take(frame);
        if (this.closed) return;
      }
    } catch (error) {
      this.#end(reasonOf(error));
    }
  }

  #onConnected(): void {
    // Closed during the TLS handshake, which has ended only now.
    if (this.closed) return;
    const { remoteAddress, remotePort } = this.socket;
    this.#peer = `${remoteAddress}:${remotePort}`;
    this.#phase = 'greeting';
    // Who listens greets second: its token is for those who have shown that they know it.
    if (!this.#dials) return;
    this.#greet();
    for (const bytes of this.#early.splice(0)) this.#write(bytes);
  }

  #greet(): void {
    this.#write(control(Kind.greeting, greetingOf(this.#identity)));
  }

  #take(frame: Frame): void {
    if (frame.kind === Kind.bye) return this.#takeBye(frame.head);
    if (this.#phase === 'greeting') return this.#takeGreeting(frame);
    if (frame.kind <= USER_KIND_MAX) this.#listener.onFrame?.(this, frame);
    else if (frame.kind === Kind.nestMessage) this.emitMessage(Buffer.from(frame.body).toString());
    else if (frame.kind === Kind.draining) this.#takeDraining();
    else if (frame.kind !== Kind.beat) this.#end(`a frame of the unknown kind ${frame.kind} came`);
  }

  #takeGreeting({ kind, head }: Frame): void {
    if (kind !== Kind.greeting) return this.#end('something else than a greeting came first');
    const checked = checkGreeting(head, this.#identity);
    if ('fault' in checked) return this.#end(checked.fault);
    this.#greeting = Object.freeze(checked.fields);
    this.#decoder.bytesMax = this.#limits.frameBytesMax;
    this.#phase = 'open';
    clearTimeout(this.#timer);
    this.#timer = setInterval(() => this.#onHalfBeat(), this.#limits.heartbeatMs / 2);
    if (!this.#dials) this.#greet();
    this.#listener.onOpen?.(this);
  }

  #takeDraining(): void {
    if (this.#peerDraining) return;
    this.#peerDraining = true;
    this.#listener.onPeerDraining?.(this);
  }

  #takeBye(head: unknown): void {
    const reason = (head as { reason?: unknown } | null)?.reason;
    this.#reason ??= `the other end closed it: ${typeof reason === 'string' ? reason.slice(0, REASON_CHARACTERS_MAX) : 'no reason given'}`;
    this.#phase = 'closing';
    this.#finish();
  }

  #onGreetingTick(): void {
    this.#ticks += 1;
    if (this.#ticks >= GREETING_TICKS_MAX) this.#end(`no greeting came within ${this.#limits.greetingMs} ms`);
  }

  #onHalfBeat(): void {
    this.#silentHalves += 1;
    if (this.#silentHalves >= SILENT_HALVES_MAX) {
      this.#abandon(`nothing came from the other end for ${3 * this.#limits.heartbeatMs} ms`);
      return;
    }
    this.#ticks += 1;
    if (this.#ticks % 2 === 0) this.#write(control(Kind.beat));
  }

  /** False when the bound is reached. Many frames of one turn of the event loop go out together. */
  #write(bytes: Buffer): boolean {
    const { socket } = this;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    socket.write(bytes);
    const { sendBytesMax, frameBytesMax } = this.#limits;
    if (socket.writableLength > sendBytesMax + 2 * frameBytesMax) {
      this.#abandon(`${socket.writableLength} bytes wait to be sent, far more than ${sendBytesMax}`);
      return false;
    }
    // Below the socket's own mark it would never tell that it has drained. Once full, it stays so until it has.
    this.#full ||= socket.writableLength >= Math.max(sendBytesMax, socket.writableHighWaterMark);
    return !this.#full;
  }

  #onDrain(): void {
    if (!this.#full) return;
    this.#full = false;
    if (this.#phase === 'open') this.#listener.onDrain?.(this);
  }

  #end(why: string): void {
    if (this.closed) return;
    const reason = why.slice(0, REASON_CHARACTERS_MAX);
    this.#reason ??= reason;
    if (this.#phase !== 'connecting') this.#write(control(Kind.bye, { reason }));
    this.#phase = 'closing';
    this.#finish();
  }

  /** Without a last word, which could not be sent. */
  #abandon(reason: string): void {
    this.#reason ??= reason;
    this.#phase = 'closing';
    this.socket.destroy();
  }

  /** Goes on reading what comes, and drops it: closing over unread bytes would reset the connection and lose the last word. */
  #finish(): void {
    clearTimeout(this.#timer);
    if (this.socket.pending || this.socket.connecting) {
      this.socket.destroy();
      return;
    }
    this.socket.end();
    this.#timer = setTimeout(() => this.socket.destroy(), FLUSH_MS);
  }

  #onClosed(): void {
    clearTimeout(this.#timer);
    this.#phase = 'closed';
    this.#early = [];
    this.#listener.onClosed?.(this, this.#reason ?? 'the connection closed');
  }
}

function control(kind: number, head: unknown = null): Buffer {
  return encodeFrame({ kind, head, body: NO_BODY }, GREETING_BYTES_MAX);
}

function reasonOf(error: unknown): string {
  if (error instanceof FrameFault) return error.message;
  return `one end failed at what came: ${error instanceof Error ? error.message : String(error)}`;
}
