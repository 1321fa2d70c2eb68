import { hash } from 'node:crypto';
import { isSettled, type Operation } from './operation.js';
import { formatEvent, formatHeartbeat, formatRetry } from './server-sent-events.js';

export const HEARTBEAT_MS = 15_000;
const RETRY_MS = 2_000;

/** One client's stream of an operation's changes. Ends with the settled state, with the client, or after `durationMsMax`. */
export class OperationStream {
  readonly readable: ReadableStream<string>;
  readonly #controller: ReadableStreamDefaultController<string>;
  readonly #onEnd: (() => void)[] = [];
  #lastEventId: string | undefined;
  #told = false;
  #settled = false;
  #ended = false;

  /** `lastEventId`: what the client saw last, and is not told again. */
  constructor(durationMsMax: number, lastEventId?: string) {
    let started: ReadableStreamDefaultController<string> | undefined;
    this.readable = new ReadableStream<string>({
      start: (controller) => void (started = controller),
      cancel: () => this.end(),
    });
    // The constructor has called `start` before it returned.
    this.#controller = started!;
    this.#lastEventId = lastEventId;
    const heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    const limit = setTimeout(() => this.end(), durationMsMax);
    this.onEnd(() => clearInterval(heartbeat));
    this.onEnd(() => clearTimeout(limit));
    this.#controller.enqueue(formatRetry(RETRY_MS));
  }

  /** Whether the client has been told anything on this stream. */
  get told(): boolean {
    return this.#told;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether the client saw the settled state before this stream: there is nothing to tell it, on this stream or a later one. */
  get superfluous(): boolean {
    return this.#settled && !this.#told;
  }

  onEnd(callback: () => void): void {
    this.#onEnd.push(callback);
  }

  /** Sends the state, unless it is the one that the client saw last. */
  tell(operation: Operation): void {
    if (this.#ended) return;
    const id = eventIdOf(operation);
    if (id !== this.#lastEventId) {
      this.#lastEventId = id;
      this.#told = true;
      this.#controller.enqueue(formatEvent({ id, data: operation }));
    }
    if (!isSettled(operation)) return;
    this.#settled = true;
    this.end();
  }

  /** Idempotent. What was told is still delivered. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const callback of this.#onEnd) callback();
    try {
      this.#controller.close();
    } catch {
      // The client has cancelled the stream, which closed it.
    }
  }

  /** A client that does not read gets none: they would only pile up. */
  #beat(): void {
    if ((this.#controller.desiredSize ?? 0) > 0) this.#controller.enqueue(formatHeartbeat());
  }
}

/** The same for the same state on every gateway, so that a client can resume anywhere. */
export function eventIdOf({ status, attempts, nextAttemptAt, error }: Operation): string {
  const state = JSON.stringify([status, attempts, nextAttemptAt ?? null, error?.code ?? null]);
  return `${status}-${hash('sha256', state, 'hex').slice(0, 16)}`;
}
