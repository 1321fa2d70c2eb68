import { Connection, ResponseError, type API, type ConnectionOptions } from '@platformatic/kafka';
import { nameOf, type Address } from './address.js';

export interface LinkOptions {
  /** TLS and SASL, made for each connection, so that renewed certificates serve the next one. */
  readonly security: () => Pick<ConnectionOptions, 'tls' | 'sasl' | 'tlsServerName'>;
  /** Shows in the broker's logs and quotas. */
  readonly clientId: string;
  readonly connectMs: number;
  /** An answer that takes longer than this is none, and ends the link. */
  readonly answerMs: number;
}

/** Ours counts, and is shorter. */
const CLIENT_ANSWER_MS = 3_600_000;

/** One connection to one broker. Its first failure ends it: whoever needs another one dials again. */
export class Link {
  readonly address: Address;
  readonly #connection: Connection;
  readonly #answerMs: number;
  readonly #lost = Promise.withResolvers<string>();
  /** Rejects as the connection does: where TLS fails, the client's own promise of a connection may stay open. */
  readonly #failed = Promise.withResolvers<never>();
  #lostBecause: string | undefined;
  /** What the socket or TLS told; the client itself tells its requests only that the connection was closed. */
  #error: unknown;

  private constructor(address: Address, connection: Connection, answerMs: number) {
    this.address = address;
    this.#connection = connection;
    this.#answerMs = answerMs;
    connection.on('error', (error) => {
      this.#error ??= error;
      this.#failed.reject(error);
      this.cut(reasonOf(error));
    });
    this.#failed.promise.catch(() => undefined);
    connection.on('close', () => this.cut('it was closed'));
  }

  /** Rejects as the socket, TLS or the broker does. The signal breaks the connection, also when it stands. */
  static async dial(options: LinkOptions, address: Address, signal: AbortSignal): Promise<Link> {
    signal.throwIfAborted();
    const { security, clientId, connectMs, answerMs } = options;
    const connection = new Connection(clientId, {
      ...security(),
      connectTimeout: connectMs,
      requestTimeout: CLIENT_ANSWER_MS,
      // Each of our links has few requests at a time, and the broker takes them one by one.
      maxInflights: 100,
    });
    const link = new Link(address, connection, answerMs);
    const onAbort = () => link.cut('it is no longer needed');
    signal.addEventListener('abort', onAbort);
    void link.lost.then(() => signal.removeEventListener('abort', onAbort));
    try {
      await Promise.race([connection.connect(address.host, address.port), link.#failed.promise]);
    } catch (error) {
      link.cut(reasonOf(error));
      throw error;
    }
    return link;
  }

  /** Resolves with the reason when the connection is gone. */
  get lost(): Promise<string> {
    return this.#lost.promise;
  }

  get isLost(): boolean {
    return this.#lostBecause !== undefined;
  }

  /**
   * Resolves with the broker's answer, the errors that it tells included. Rejects when there is none; then the link is lost,
   * and whether the broker has done what was asked is unknown.
   */
  async ask<Args extends unknown[], Answer>(
    api: API<Args, Answer>,
    args: Args,
    answerMs = this.#answerMs,
  ): Promise<Answer> {
    if (this.#lostBecause !== undefined) throw this.#failure();
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.cut(`it did not answer within ${answerMs} ms`);
      reject(this.#failure());
    }, answerMs);
    try {
      return await Promise.race([api.async(this.#connection, ...args), late]);
    } catch (error) {
      // The client rejects where any part of an answer tells an error; the answer is with it.
      if (error instanceof ResponseError && 'response' in error) return error.response as Answer;
      this.cut(reasonOf(error));
      throw this.#failure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Idempotent. */
  cut(reason: string): void {
    if (this.#lostBecause !== undefined) return;
    this.#lostBecause = reason;
    // The client's own close ends its timers, and would wait for a peer that does not read.
    this.#connection.close().catch(() => undefined);
    this.#connection.socket?.destroy();
    this.#lost.resolve(reason);
  }

  #failure(cause?: unknown): Error {
    return new Error(`${nameOf(this.address)}: ${this.#lostBecause}`, { cause: this.#error ?? cause });
  }
}

/** The innermost reason that says something. */
export function reasonOf(error: unknown): string {
  const { message, code, cause, errors } = (error ?? {}) as NodeJS.ErrnoException & { errors?: unknown[] };
  if (cause instanceof Error) return reasonOf(cause);
  if (errors?.[0] instanceof Error) return reasonOf(errors[0]);
  return message || code || String(error);
}
