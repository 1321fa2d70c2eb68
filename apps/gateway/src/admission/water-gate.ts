/** Closes at the high water, and opens again only at the low water, so that it does not flutter around one bound. */
export class WaterGate {
  readonly #high: number;
  readonly #low: number;
  #level = 0;
  #open = true;

  /** The low water must be below the high one. */
  constructor(high: number, low: number) {
    this.#high = high;
    this.#low = low;
  }

  get open(): boolean {
    return this.#open;
  }

  /** How much has to drain before it opens; 0 while it is open. */
  get excess(): number {
    return this.#open ? 0 : Math.max(0, this.#level - this.#low);
  }

  update(level: number): void {
    this.#level = level;
    if (level >= this.#high) this.#open = false;
    else if (level <= this.#low) this.#open = true;
  }
}
