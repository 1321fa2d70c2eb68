/**
 * What is settled is acknowledged this late at most: one acknowledgement speaks for all before it, and each costs the broker an
 * entry in the queue's log. What a crash leaves unacknowledged comes again, and the ledger knows it.
 */
const ACK_MS_MAX = 50;

/** Lets the lanes of a consumer acknowledge at the same instant, so that all of it leaves in one write. */
export class Acknowledgements {
  readonly #due = new Set<() => void>();
  #ticking = false;

  /** Calls `acknowledge` back once, within 50 ms. */
  soon(acknowledge: () => void): void {
    if (!this.#ticking) setTimeout(() => this.#acknowledge(), ACK_MS_MAX);
    this.#ticking = true;
    this.#due.add(acknowledge);
  }

  /** It is not called back any more. */
  forget(acknowledge: () => void): void {
    this.#due.delete(acknowledge);
  }

  #acknowledge(): void {
    this.#ticking = false;
    const due = [...this.#due];
    this.#due.clear();
    for (const acknowledge of due) acknowledge();
  }
}
