import { InstallationRefused } from '../database/installation.js';

export interface BreakerOptions {
  readonly probe: () => Promise<void>;
  /** Keeps a connection busy for so long with nothing; rejects if it does not last. */
  readonly stand: (ms: number) => Promise<void>;
  /** The first delay after a failed probe; doubles up to `probeMsMax`. The first probe of all is made at once. */
  readonly probeMs?: number;
  readonly probeMsMax?: number;
  readonly random?: () => number;
}

/**
 * Open while the database is away. Whoever finds out trips it; then it probes until a write commits, and everybody who waits
 * goes on.
 */
export class Breaker {
  readonly #options: Required<BreakerOptions>;
  readonly #watchers = new Set<(open: boolean) => void>();
  #waiting: PromiseWithResolvers<void> | undefined;
  #refused: Error | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #trips = 0;

  constructor(options: BreakerOptions) {
    this.#options = { probeMs: 50, probeMsMax: 500, random: Math.random, ...options };
  }

  get isOpen(): boolean {
    return this.#waiting !== undefined;
  }

  /** Calls back when it opens and when it closes. */
  watch(onChange: (open: boolean) => void): void {
    this.#watchers.add(onChange);
  }

  trip(): void {
    this.#trips++;
    if (this.#waiting || this.#stopped) return;
    this.#waiting = Promise.withResolvers<void>();
    this.#waiting.promise.catch(() => undefined);
    for (const watcher of this.#watchers) watcher(true);
    void this.#probe(0);
  }

  /** Resolves once commands can be applied. Rejects when the signal aborts, or with `InstallationRefused`. */
  async untilClosed(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#refused) throw this.#refused;
    if (!this.#waiting) return;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#waiting.promise, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Whether the database, once it is back, stands for so long with nobody asking anything of it. Rejects as `untilClosed`. What
   * fails meanwhile is due to the database, or to the way to it, and trips the breaker.
   */
  async proveSteady(ms: number, signal: AbortSignal): Promise<boolean> {
    await this.untilClosed(signal);
    const trips = this.#trips;
    try {
      await this.#options.stand(ms);
      return trips === this.#trips;
    } catch {
      this.trip();
      return false;
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#waiting?.reject(new Error('The engine has stopped.'));
  }

  async #probe(failures: number): Promise<void> {
    try {
      await this.#options.probe();
    } catch (error) {
      if (error instanceof InstallationRefused) {
        this.#refused = error;
        this.#waiting?.reject(error);
      } else if (!this.#stopped) {
        const { probeMs, probeMsMax, random } = this.#options;
        const delayMs = Math.min(probeMsMax, probeMs * 2 ** failures) * (0.5 + random() / 2);
        this.#timer = setTimeout(() => void this.#probe(failures + 1), delayMs);
      }
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve();
    for (const watcher of this.#watchers) watcher(false);
  }
}
