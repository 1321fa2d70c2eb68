const DIFFERENT_MAX = 3;

/** Tells a slow command from a slow database: three different ones in a row that time out alone are the database's fault. */
export class TimeoutStreak {
  readonly #ids = new Set<string>();

  /** Notes a command that timed out alone. True when the streak has its length; it then begins anew. */
  add(id: string): boolean {
    this.#ids.add(id);
    if (this.#ids.size < DIFFERENT_MAX) return false;
    this.#ids.clear();
    return true;
  }

  break(): void {
    this.#ids.clear();
  }
}
