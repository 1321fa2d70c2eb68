const WINDOW_MS = 5_000;

/** How fast entries leave, over the last five to ten seconds. */
export class DrainRate {
  #windowStartMs: number;
  #current = 0;
  #previous: number | undefined;

  constructor(nowMs: number) {
    this.#windowStartMs = nowMs;
  }

  record(count: number, nowMs: number): void {
    this.#roll(nowMs);
    this.#current += count;
  }

  /** Undefined when nothing has left lately. */
  perSecond(nowMs: number): number | undefined {
    this.#roll(nowMs);
    const left = this.#current + (this.#previous ?? 0);
    const overMs = nowMs - this.#windowStartMs + (this.#previous === undefined ? 0 : WINDOW_MS);
    return left === 0 ? undefined : (left / Math.max(overMs, 1)) * 1000;
  }

  #roll(nowMs: number): void {
    const windows = Math.floor((nowMs - this.#windowStartMs) / WINDOW_MS);
    if (windows < 1) return;
    this.#previous = windows === 1 ? this.#current : undefined;
    this.#current = 0;
    this.#windowStartMs += windows * WINDOW_MS;
  }
}
