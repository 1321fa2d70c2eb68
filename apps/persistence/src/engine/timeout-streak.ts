import type { TransactionFailure } from '../database/error-table.js';

const DIFFERENT_MAX = 3;
/** The most commands in doubt that are remembered; the oldest is forgotten, which costs one more run. */
const DOUBTED_MAX = 1_000;

/**
 * Tells a slow command from a slow database. Three different ones in a row that time out alone are the database's fault. So may be
 * the first time that the server stops a command's statement: a server that stood still stops, when it goes on, what it had in hand.
 */
export class TimeoutStreak {
  readonly #ids = new Set<string>();
  readonly #doubted = new Set<string>();

  /** Notes a command that timed out alone. True when it is to be run once more, since the database may be to blame. */
  add(id: string, { sqlState }: Pick<TransactionFailure, 'sqlState'>): boolean {
    this.#ids.add(id);
    if (this.#ids.size === DIFFERENT_MAX) {
      this.#ids.clear();
      return true;
    }
    if (sqlState === undefined || this.#doubted.delete(id)) return false;
    for (const oldest of this.#doubted) if (this.#doubted.size >= DOUBTED_MAX) this.#doubted.delete(oldest);
    this.#doubted.add(id);
    return true;
  }

  break(): void {
    this.#ids.clear();
  }
}
