import { TransportError, type Consumer } from '#messaging';

const TIMER_MS_MAX = 2 ** 31 - 1;

/** A consumer that tells when it advances nothing any more. */
export interface EndingConsumer extends Consumer {
  readonly stopped: Promise<void>;
}

export interface LifecycleParts {
  /** Rejects with a `TransportError` for what waiting does not mend; the transport may then be opened again. */
  readonly open: () => Promise<void>;
  /** In milliseconds, and no more than a timer holds. */
  readonly close: (deadlineMs: number) => Promise<void>;
}

/** A transport's life: opened once, consumed from by one consumer at a time, closed for good. Refuses calls out of turn. */
export class Lifecycle<Owned extends EndingConsumer> {
  readonly #parts: LifecycleParts;
  #opening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #consumer: Owned | undefined;
  #ownership = 0;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
  }

  /** The one that consumes now. */
  get consumer(): Owned | undefined {
    return this.#consumer;
  }

  async open(): Promise<void> {
    if (this.#closing) throw new TransportError('The transport was closed. Make another one.');
    await (this.#opening ??= this.#parts.open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    }));
  }

  /**
   * The opening need not have ended: a consumer begins when there is something to begin on. It numbers the ownerships of
   * its lanes, each higher than any before of this transport.
   */
  begin(make: (nextOwnership: () => number) => Owned): Owned {
    if (this.#closing) throw new TransportError('The transport is closed.');
    if (!this.#opening) throw new TransportError('The transport is not open yet. Await open() first.');
    if (this.#consumer) throw new TransportError('This process consumes already. Stop that consumer first.');
    const consumer = make(() => ++this.#ownership);
    this.#consumer = consumer;
    void consumer.stopped.then(() => {
      if (this.#consumer === consumer) this.#consumer = undefined;
    });
    return consumer;
  }

  /** Idempotent. Resolves when the opening has ended too. */
  close(deadlineMs: number): Promise<void> {
    return (this.#closing ??= this.#close(Math.min(deadlineMs, TIMER_MS_MAX)));
  }

  async #close(deadlineMs: number): Promise<void> {
    await this.#parts.close(deadlineMs);
    // Whoever opens still has heard of it from what it waits for.
    await this.#opening?.catch(() => undefined);
  }
}
