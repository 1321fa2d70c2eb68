import { TransportError, type Transport } from '#messaging';
import { pause } from '../pause.js';
import { forwardPauseMs } from './forward-pause.js';

/** Opens a transport however long that takes: while it is away, what is in front of it works already. */
export class LastingOpen {
  readonly #transport: Pick<Transport, 'open'>;
  readonly #opened = Promise.withResolvers<void>();
  readonly #stopping = new AbortController();
  #isOpen = false;
  #isAwaited = false;

  constructor(transport: Pick<Transport, 'open'>) {
    this.#transport = transport;
    // Whoever waits for it hears of a failure; perhaps nobody does.
    this.#opened.promise.catch(() => undefined);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves when the transport is open. Rejects when this was stopped before. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /**
   * Resolves when the transport is open, is found to be away, or takes longer than that: then it is opened later. Rejects
   * with the transport's error where that names a setting: waiting does not mend it.
   */
  async start(patienceMs: number): Promise<void> {
    const first = Promise.withResolvers<void>();
    this.#isAwaited = true;
    void this.#open(first);
    const timer = setTimeout(first.resolve, patienceMs);
    try {
      await first.promise;
    } finally {
      clearTimeout(timer);
      this.#isAwaited = false;
    }
  }

  stop(): void {
    this.#stopping.abort();
    this.#opened.reject(new TransportError('The transport was closed before it could be reached.'));
  }

  async #open(first: PromiseWithResolvers<void>): Promise<void> {
    const { signal } = this.#stopping;
    signal.addEventListener('abort', () => first.resolve(), { once: true });
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await this.#transport.open();
        this.#isOpen = !signal.aborted;
        this.#opened.resolve();
        return first.resolve();
      } catch (error) {
        const hopeless = error instanceof TransportError && error.setting !== undefined;
        if (hopeless && this.#isAwaited) return first.reject(error);
        first.resolve();
        await pause(forwardPauseMs(failures, Math.random()), signal);
      }
    }
    first.resolve();
  }
}
