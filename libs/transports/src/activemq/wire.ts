import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import rhea, { type Connection, type Receiver, type Sender, type Session } from 'rhea';
import { guardDecoding } from './decoding.js';
import type { Condition, Line } from '../supervised-connection.js';
import { mechanismsFor } from './sasl.js';

export interface WireOptions {
  readonly host: string;
  /** Opens the socket: connecting, or connected. */
  readonly socket: () => Socket;
  /** Shown in the broker's list of connections. */
  readonly purpose: string;
  readonly heartbeatMs: number;
  readonly connectMs: number;
  readonly username: string;
  readonly password: string;
  /** Whether the socket's own certificate may say who connects. */
  readonly external: boolean;
}

/** What the broker says of itself. */
export interface Product {
  readonly product: string;
  readonly version: string;
}

/** Where a link leads to or comes from. */
export interface Terminus {
  readonly address?: string;
  readonly dynamic?: boolean;
  readonly capabilities?: string[];
  readonly distribution_mode?: 'copy';
  /** Which messages of it. */
  readonly filter?: object;
}

/** A link or a connection that the broker refuses or ends, with its word for it. */
export class AmqpError extends Error {
  override readonly name = 'AmqpError';
  /** As `amqp:not-found`; empty where it gives none. */
  readonly condition: string;

  constructor(condition: string, description: string) {
    super(description || condition || 'the broker gives no reason');
    this.condition = condition;
  }
}

guardDecoding();

/** How much the broker may send in one frame: a body comes in several. */
const FRAME_BYTES_MAX = 64 * 1024;
/** What the broker has for one answer, long for a machine that is busy. */
const ANSWER_MS_MAX = 60_000;
/** Deliveries beside those that are asked for, so that the frames of one never wait for room. */
const SESSION_ROOM = 256;

/**
 * One connection. Never made again by the client, which would forget what is under way without a word: whoever wants it
 * back dials again. Each link has a session of its own, since within one a link that waits holds up all others.
 */
export class Wire implements Line {
  readonly #connection: Connection;
  readonly #onLost = new Set<(reason: string) => void>();
  #lostBecause: string | undefined;
  #onCondition: (condition: Condition) => void = () => undefined;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Rejects as the socket does, or with an `AmqpError`. */
  static async dial(options: WireOptions, signal: AbortSignal): Promise<Wire> {
    signal.throwIfAborted();
    const { host, purpose, heartbeatMs, username, password, external } = options;
    const socket = gatheringWrites(options.socket());
    const container = rhea.create_container({ id: `${purpose}, ${randomUUID()}` });
    const connection = container.create_connection({
      host,
      hostname: host,
      reconnect: false,
      idle_time_out: heartbeatMs,
      max_frame_size: FRAME_BYTES_MAX,
      sasl_mechanisms: mechanismsFor(username, password, external),
      connection_details: () => ({
        connect: (_port: number, _host: string, _options: unknown, onConnected: () => void) => {
          socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', onConnected);
          return socket;
        },
      }),
    } as unknown as Parameters<typeof container.create_connection>[0]);
    readBeforeIdle(connection, socket);
    const wire = new Wire(connection);
    const opened = wire.#watch(socket);
    const timer = setTimeout(
      () => socket.destroy(new Error(`no answer within ${options.connectMs} ms`)),
      options.connectMs,
    );
    try {
      connection.connect();
      await opened;
      return wire;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves with the reason when the connection is gone. */
  get lost(): Promise<AmqpError> {
    return new Promise((resolve) => this.onLost((reason) => resolve(new AmqpError('', reason))));
  }

  get isLost(): boolean {
    return this.#lostBecause !== undefined;
  }

  /** Calls back once when the connection is gone, at once if it is; returns what ends the waiting for it. */
  onLost(callback: (reason: string) => void): () => void {
    if (this.#lostBecause === undefined) this.#onLost.add(callback);
    else callback(this.#lostBecause);
    return () => this.#onLost.delete(callback);
  }

  /** What the broker answers, or an `AmqpError` when the connection is lost, or too much time has passed, before. */
  async unlessLost<Answer>(waiting: Promise<Answer>): Promise<Answer> {
    const { promise: never, reject } = Promise.withResolvers<never>();
    const fail = (reason: string): void => reject(new AmqpError('', reason));
    const forget = this.onLost(fail);
    const timer = setTimeout(fail, ANSWER_MS_MAX, 'the broker does not answer');
    try {
      return await Promise.race([waiting, never]);
    } finally {
      clearTimeout(timer);
      forget();
    }
  }

  get product(): Product {
    const { product, version } = this.#connection.properties ?? {};
    return { product: String(product ?? 'unknown'), version: String(version ?? '') };
  }

  /** Whether what is written piles up in this process. */
  get isClogged(): boolean {
    return (this.#connection['socket'] as Socket).writableNeedDrain;
  }

  /** Calls back each time when all that was piled up has gone out. */
  onDrained(callback: () => void): void {
    (this.#connection['socket'] as Socket).on('drain', callback);
  }

  /** `unsettledMax` is how many may be sent and not answered. Rejects with an `AmqpError`. */
  async openSender(target: Terminus, unsettledMax: number): Promise<Sender> {
    const session = this.#begin({ outgoing: unsettledMax });
    const sender = session.open_sender({ target });
    await this.#opened(sender, 'sender', () => sender.target);
    return sender;
  }

  /** Credit is given by whoever receives; nothing is accepted by itself. Rejects with an `AmqpError`. */
  async openReceiver(source: Terminus, unsettledMax: number): Promise<Receiver> {
    const session = this.#begin({ incoming: unsettledMax + SESSION_ROOM });
    const receiver = session.open_receiver({ source, credit_window: 0, autoaccept: false });
    await this.#opened(receiver, 'receiver', () => receiver.source);
    return receiver;
  }

  goodbye(): void {
    this.#connection.close();
  }

  watchCondition(onChange: (condition: Condition) => void): void {
    this.#onCondition = onChange;
  }

  /** The broker takes nothing in, for that reason, or does again. The protocol has no word for it: whoever sends notices. */
  block(reason: string | undefined): void {
    this.#onCondition(reason === undefined ? { status: 'up' } : { status: 'blocked', reason });
  }

  #begin(sizes: { incoming?: number; outgoing?: number }): Session {
    if (this.#lostBecause !== undefined) throw new AmqpError('', this.#lostBecause);
    const session = this.#connection.create_session(sizes);
    session.begin();
    return session;
  }

  /** A broker that refuses a link still opens it, to nowhere, and closes it at once. */
  async #opened(link: Sender | Receiver, kind: 'sender' | 'receiver', end: () => unknown): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const refuse = (): void => reject(errorOf(link.error ?? link.session.error));
    link.on(`${kind}_open`, () => end() && resolve());
    link.on(`${kind}_close`, refuse);
    link.session.on('session_close', refuse);
    try {
      await this.unlessLost(promise);
    } catch (error) {
      link.session.close();
      throw error;
    }
    link.removeListener(`${kind}_close`, refuse);
    link.session.removeListener('session_close', refuse);
  }

  #lose(reason: string): void {
    this.#lostBecause = reason;
    for (const callback of this.#onLost) callback(reason);
    this.#onLost.clear();
  }

  /** Resolves when the broker has opened its end. */
  #watch(socket: Socket): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const connection = this.#connection;
    let cause: unknown;
    const because = ({ error }: { error?: unknown } = {}) => (cause ??= error);
    connection.on('connection_open', () => resolve());
    connection.on('connection_error', () => because({ error: errorOf(connection.get_error()) }));
    connection.on('connection_close', () => because({ error: errorOf(connection.get_error()) }));
    connection.on('disconnected', because);
    // What arrived cannot be read: nothing after it could.
    for (const event of ['error', 'protocol_error']) {
      connection.on(event, (error: unknown) => {
        because({ error });
        // With an error, by which the client knows to end its timers.
        socket.destroy(new Error('what the broker sent cannot be read'));
      });
    }
    for (const event of UNHEARD) connection.on(event, () => undefined);
    socket.on('error', (error) => because({ error }));
    socket.on('close', () => {
      silence(connection);
      const error = (cause ?? new Error('it was closed')) as NodeJS.ErrnoException;
      reject(error);
      this.#lose(error.message || error.code || error.name);
    });
    return promise;
  }
}

/** What arrived while this process was busy with something else has not been read yet, and is no silence. */
function readBeforeIdle(connection: Connection, socket: Socket): void {
  const beating = connection as unknown as Beating;
  const idle = beating.idle.bind(connection);
  beating.idle = () => {
    const { bytesRead } = socket;
    setImmediate(() => socket.bytesRead === bytesRead && idle());
  };
}

interface Beating {
  idle(): void;
  socket_ready: boolean;
  heartbeat_in?: NodeJS.Timeout;
  heartbeat_out?: NodeJS.Timeout;
}

/** What the client still wanted to say on a connection that ended would start its heartbeat again, for ever. */
function silence(connection: Connection): void {
  const beating = connection as unknown as Beating;
  beating.socket_ready = false;
  clearTimeout(beating.heartbeat_in);
  clearTimeout(beating.heartbeat_out);
}

/** What the client writes in one turn, a frame at a time, leaves in one system call. */
function gatheringWrites(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...args);
  };
  return socket;
}

/** Told to whoever holds the link; without a listener here the client would throw them. */
const UNHEARD = ['sender_error', 'receiver_error', 'session_error', 'sender_close', 'receiver_close', 'session_close'];

/** Calls back once when the broker ends the link; what stood on it is void. A lost connection tells by itself. */
export function onEnded(link: Sender | Receiver, callback: (error: AmqpError) => void): void {
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    const error = errorOf(link.error ?? link.session.error);
    link.session.close();
    callback(error);
  };
  link.on(link.is_sender() ? 'sender_close' : 'receiver_close', end);
  link.session.on('session_close', end);
  // What ended it may have come together with what opened it.
  if (!link.is_open()) queueMicrotask(end);
}

/** Calls back once when the broker takes something; what it takes at first often comes together with what opens the link. */
export function onceSendable(link: Sender, callback: () => void): void {
  if (link.sendable()) callback();
  else link.once('sendable', callback);
}

export function errorOf(error: unknown): AmqpError {
  const { condition, description, message } = (error ?? {}) as Record<string, unknown>;
  return new AmqpError(String(condition ?? ''), String(description ?? message ?? ''));
}
