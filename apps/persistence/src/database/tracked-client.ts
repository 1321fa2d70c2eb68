import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { Client, type ClientConfig, type DatabaseError } from 'pg';
import { mayWrite, wroteRows } from './effects.js';

const clientOfHandler = new AsyncLocalStorage<TrackedClient>();

/** Runs a handler, which may from then on query through `client` only. */
export function confinedTo<Value>(client: TrackedClient, handler: () => Promise<Value>): Promise<Value> {
  return clientOfHandler.run(client, handler);
}

/** A connection that remembers what its transaction needs to know: its first error, its loss, and whether it wrote. */
export class TrackedClient extends Client {
  #firstError: Error | undefined;
  #lost: Error | undefined;
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
    if (status === 'T') this.forgetErrors();
  }

  #beforeQuery(query: unknown): void {
    const only = clientOfHandler.getStore();
    if (only && only !== this) {
      throw new Error(
        'A handler queried past its unit, where its effect would not share the fate of its command. ' +
          'Use the `manager` of the unit that it was given.',
      );
    }
    const text = typeof query === 'string' ? query : ((query as { text?: string } | null)?.text ?? '');
    if (mayWrite(text)) this.#effects++;
  }
}
