import type { Database } from '../database/database.js';
import { LANES_SEALED } from './transport-move.js';

/** How often it is looked whether another instance has recorded a seal. */
const POLL_MS = 500;

/** Which lanes of the old transport are sealed, as the database says, and who waits for that. */
export class SealBoard {
  readonly #database: Pick<Database, 'query' | 'lanes'>;
  readonly #sealed = new Set<number>();
  #move: string | undefined;
  #changed = Promise.withResolvers<void>();
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Pick<Database, 'query' | 'lanes'>) {
    this.#database = database;
  }

  get count(): number {
    return this.#sealed.size;
  }

  get complete(): boolean {
    return this.#sealed.size === this.#database.lanes;
  }

  has(lane: number): boolean {
    return this.#sealed.has(lane);
  }

  /** Looks from now on, until every lane is sealed or `stop`. */
  start(move: string): void {
    this.#move = move;
    void this.#poll();
  }

  stop(): void {
    this.#move = undefined;
    clearTimeout(this.#timer);
  }

  /** Looks at once, as after a seal that this process itself has recorded. Never rejects: the next look may succeed. */
  look(): Promise<void> {
    this.#looking ??= this.#read().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Resolves when `what` holds of the board. Rejects as soon as the signal aborts. */
  async until(what: (board: SealBoard) => boolean, signal: AbortSignal): Promise<void> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason as Error);
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!what(this)) await Promise.race([this.#changed.promise, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #poll(): Promise<void> {
    await this.look();
    if (this.#move === undefined || this.complete) return;
    this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  async #read(): Promise<void> {
    if (this.#move === undefined) return;
    const before = this.#sealed.size;
    try {
      const rows = await this.#database.query<{ lane: number }>(LANES_SEALED, [this.#move]);
      for (const { lane } of rows) this.#sealed.add(lane);
    } catch {
      // The engine tells of a database that is away; seals wait as everything does.
      return;
    }
    if (this.#sealed.size === before) return;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
