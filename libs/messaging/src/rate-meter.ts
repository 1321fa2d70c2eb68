/** How fast something happens: an exponentially weighted mean, in which what is `windowMs` old counts for 1/e. */
export class RateMeter {
  readonly #windowMs: number;
  readonly #startedAtMs: number;
  #perMs = 0;
  #updatedAtMs: number;

  constructor(windowMs: number, nowMs: number) {
    this.#windowMs = windowMs;
    this.#startedAtMs = nowMs;
    this.#updatedAtMs = nowMs;
  }

  add(count: number, nowMs: number): void {
    this.#perMs = this.#decayed(nowMs) + count / this.#windowMs;
    this.#updatedAtMs = Math.max(nowMs, this.#updatedAtMs);
  }

  perSecond(nowMs: number): number {
    // A young meter has seen only a part of its window, and would tell too little.
    const seen = 1 - Math.exp(-Math.max(0, nowMs - this.#startedAtMs) / this.#windowMs);
    return seen === 0 ? 0 : (this.#decayed(nowMs) / seen) * 1000;
  }

  #decayed(nowMs: number): number {
    return this.#perMs * Math.exp(-Math.max(0, nowMs - this.#updatedAtMs) / this.#windowMs);
  }
}
