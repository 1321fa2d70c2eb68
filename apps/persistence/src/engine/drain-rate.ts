const WINDOW_S = 10;

/** How many deliveries per second were accounted for, over the last ten seconds. */
export class DrainRate {
  readonly #now: () => number;
  readonly #counts = new Array<number>(WINDOW_S).fill(0);
  #second: number;
  #firstSecond: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#second = this.#firstSecond = Math.floor(now() / 1000);
  }

  add(count: number): void {
    this.#moveOn();
    this.#counts[this.#second % WINDOW_S]! += count;
  }

  perSecond(): number {
    this.#moveOn();
    const seconds = Math.min(WINDOW_S, this.#second - this.#firstSecond + 1);
    return this.#counts.reduce((sum, count) => sum + count, 0) / seconds;
  }

  #moveOn(): void {
    const second = Math.floor(this.#now() / 1000);
    if (second - this.#second >= WINDOW_S) this.#counts.fill(0);
    else for (let passed = this.#second + 1; passed <= second; passed++) this.#counts[passed % WINDOW_S] = 0;
    if (second > this.#second) this.#second = second;
  }
}
