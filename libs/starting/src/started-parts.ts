import { Logger } from '@nestjs/common';

/** What is left to a part that stops after the deadline, in milliseconds: enough to say goodbye. */
const STOP_MS_LEAST = 250;
/** How much later than told a part may end, in milliseconds, before nobody waits for it: a frozen database never answers. */
const OVERDUE_MS_MAX = 1_000;

type Stop = (leftMs: number) => Promise<void>;

/** What an app has started so far, and how each part stops. */
export class StartedParts {
  readonly #deadlineMs: number;
  readonly #stops: Stop[] = [];
  readonly #log = new Logger('Sluice');
  #closed: Promise<void> | undefined;

  /** `deadlineMs` is for all parts together. */
  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** Whether the parts are being stopped, or have been. */
  get closing(): boolean {
    return this.#closed !== undefined;
  }

  /** Parts stop in the reverse of the order in which they were added; each is told how long it has, in milliseconds. */
  add(stop: Stop): void {
    this.#stops.push(stop);
  }

  /**
   * Idempotent. A part that fails to stop, or does not stop in time, hinders no other; rejects with the first such failure when
   * all have had their turn.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const endsAt = performance.now() + this.#deadlineMs;
    const failures: unknown[] = [];
    for (const stop of this.#stops.toReversed()) {
      try {
        await this.#inTime(stop, Math.max(STOP_MS_LEAST, Math.round(endsAt - performance.now())));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async #inTime(stop: Stop, leftMs: number): Promise<void> {
    const { promise: overdue, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.#log.warn(
        'A part of this process does not stop in time and is left behind; nothing that was accepted is lost.',
      );
      resolve();
    }, leftMs + OVERDUE_MS_MAX);
    await Promise.race([stop(leftMs), overdue]).finally(() => clearTimeout(timer));
  }
}
