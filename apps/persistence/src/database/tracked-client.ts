import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { Client, type ClientConfig, type DatabaseError, type QueryConfig } from 'pg';
import { mayWrite, wroteRows } from './effects.js';

const confinement = new AsyncLocalStorage<{ readonly client: TrackedClient; ended: boolean }>();

/** Runs a handler, which may query through `client` only, and not at all once it has ended: the transaction goes on without it. */
export async function confinedTo<Value>(client: TrackedClient, handler: () => Promise<Value>): Promise<Value> {
  const confined = { client, ended: false };
  try {
    return await confinement.run(confined, handler);
  } finally {
    confined.ended = true;
  }
}

/** A connection that remembers what its transaction needs to know: its first error, its loss, and whether it wrote. */
export class TrackedClient extends Client {
  #firstError: Error | undefined;
  #lost: Error | undefined;
  #abandoned: Error | undefined;
  #idle = false;
  #failed = false;
  #effects = 0;
  readonly #seen = new WeakSet<object>();

  constructor(config?: string | ClientConfig) {
    super(config);
    const wire = this.connection as unknown as EventEmitter;
    wire.on('errorMessage', (error: DatabaseError) => this.#onError(error));
    wire.on('readyForQuery', (message: { status: string }) => this.#onReady(message.status));
    wire.on('commandComplete', (message: { text: string }) => {
      if (wroteRows(message.text)) this.#effects++;
    });
    this.on('error', (error) => (this.#lost ??= error));
    this.on('end', () => (this.#lost ??= new Error('The connection to the database has ended.')));
    const send = this.query.bind(this) as (...values: unknown[]) => unknown;
    this.query = ((...values: unknown[]) => {
      this.#beforeQuery(values[0]);
      return send(...values);
    }) as Client['query'];
  }

  /** The error that the transaction failed of, whatever its handler made of it; undefined while it is healthy. */
  get firstError(): Error | undefined {
    return this.#firstError;
  }

  /** Set once the connection is gone. */
  get lost(): Error | undefined {
    return this.#lost;
  }

  /** Why its handler was given up while it may still have been running; nobody may use the connection any more. */
  get abandoned(): Error | undefined {
    return this.#abandoned;
  }

  abandon(reason: Error): void {
    this.#abandoned ??= reason;
  }

  /** Takes the connection for lost although its socket is open. */
  giveUp(reason: Error): void {
    this.#lost ??= reason;
  }

  /** Grows with every statement that wrote, or that may have. */
  get effects(): number {
    return this.#effects;
  }

  get backendPid(): number {
    return (this as unknown as { processID: number }).processID;
  }

  /** Whether this very error was sent by the server over this connection. */
  sent(error: unknown): error is DatabaseError {
    return typeof error === 'object' && error !== null && this.#seen.has(error);
  }

  forgetErrors(): void {
    this.#firstError = undefined;
    this.#failed = false;
  }

  /** Ends the transaction, however far it came. False where the connection cannot be used for another one. */
  async rollBack(answerMsMax: number): Promise<boolean> {
    // Typed by hand, since `@types/pg` does not know that a query may have a timeout of its own.
    const query: QueryConfig & { query_timeout: number } = { text: 'ROLLBACK', query_timeout: answerMsMax };
    try {
      const { command } = await this.query(query);
      return command === 'ROLLBACK' && this.#idle && !this.#lost;
    } catch {
      return false;
    }
  }

  /** Closes the socket at once; the server rolls back what was open. */
  sever(): void {
    (this.connection as unknown as { stream: { destroy(): void } }).stream.destroy();
  }

  #onError(error: DatabaseError): void {
    this.#seen.add(error);
    if (!this.#failed) this.#firstError = error;
    this.#failed = true;
    if (error.severity === 'FATAL' || error.severity === 'PANIC') this.#lost ??= error;
  }

  #onReady(status: string): void {
    this.#idle = status === 'I';
    if (status === 'T') this.forgetErrors();
  }

  #beforeQuery(query: unknown): void {
    const confined = confinement.getStore();
    if (confined?.ended) {
      throw new Error('A handler queried after it had ended; it must await every query of its own.');
    }
    if (confined && confined.client !== this) {
      throw new Error(
        'A handler queried past its unit, where its effect would not share the fate of its command. ' +
          'Use the `manager` of the unit that it was given.',
      );
    }
    const text = typeof query === 'string' ? query : ((query as { text?: string } | null)?.text ?? '');
    if (mayWrite(text)) this.#effects++;
  }
}
