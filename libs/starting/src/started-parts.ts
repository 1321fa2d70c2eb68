/** What is left to a part that stops after the deadline, in milliseconds: enough to say goodbye. */
const STOP_MS_LEAST = 250;

type Stop = (leftMs: number) => Promise<void>;

/** What an app has started so far, and how each part stops. */
export class StartedParts {
  readonly #deadlineMs: number;
  readonly #stops: Stop[] = [];
  #closed: Promise<void> | undefined;

  /** `deadlineMs` is for all parts together. */
  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** Parts stop in the reverse of the order in which they were added; each is told how long it has, in milliseconds. */
  add(stop: Stop): void {
    this.#stops.push(stop);
  }

  /** Idempotent. A part that fails to stop hinders no other; rejects with the first such failure when all have stopped. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const endsAt = performance.now() + this.#deadlineMs;
    const failures: unknown[] = [];
    for (const stop of this.#stops.toReversed()) {
      try {
        await stop(Math.max(STOP_MS_LEAST, Math.round(endsAt - performance.now())));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
