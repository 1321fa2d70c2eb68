import type { Advance, LaneMark } from './journal-messages.js';

/** A transaction deletes at most this many entries, which bounds the log and how long appends wait for it. */
const DELETED_PER_GROUP = 2_048;

/** Where each lane's entries begin and end: what is stored, and how far it was advanced, on disk and in memory. */
export class Cursors {
  /** Advanced up to here; ahead of the disk until the next transaction. */
  readonly #advanced: number[];
  /** Advanced up to here on disk. */
  readonly #durable: number[];
  readonly #last: number[];
  readonly #behind = new Set<number>();
  #count = 0;

  constructor(lanes: number) {
    this.#advanced = new Array<number>(lanes).fill(0);
    this.#durable = new Array<number>(lanes).fill(0);
    this.#last = new Array<number>(lanes).fill(0);
  }

  /** Stored and not advanced past, in all lanes. */
  get count(): number {
    return this.#count;
  }

  get advanced(): readonly number[] {
    return this.#advanced;
  }

  /** Whether the disk does not know every advance yet. */
  get behind(): boolean {
    return this.#behind.size > 0;
  }

  last(lane: number): number {
    return this.#last[lane] ?? 0;
  }

  /** Returns how many entries were advanced past. */
  advance(lane: number, seq: number): number {
    const from = this.#advanced[lane] ?? 0;
    const to = Math.min(seq, this.last(lane));
    if (to <= from) return 0;
    this.#advanced[lane] = to;
    this.#count -= to - from;
    this.#behind.add(lane);
    return to - from;
  }

  /** What the next transaction deletes. */
  due(): Advance[] {
    const advances: Advance[] = [];
    let budget = DELETED_PER_GROUP;
    for (const lane of this.#behind) {
      if (budget === 0) break;
      const from = this.#durable[lane] ?? 0;
      const seq = Math.min(this.#advanced[lane] ?? 0, from + budget);
      budget -= seq - from;
      advances.push({ lane, seq });
    }
    return advances;
  }

  /** Takes over what the disk says of lanes. Returns the lanes that have new entries. */
  update(marks: readonly LaneMark[]): number[] {
    const grown: number[] = [];
    for (const { lane, cursor, last } of marks) {
      const before = this.last(lane) - (this.#advanced[lane] ?? 0);
      if (last > this.last(lane)) grown.push(lane);
      this.#last[lane] = last;
      this.#durable[lane] = cursor;
      // A reopened file may have lost what only an unknown commit held, and never holds less than its cursor.
      const advanced = Math.min(last, Math.max(cursor, this.#advanced[lane] ?? 0));
      this.#advanced[lane] = advanced;
      this.#count += last - advanced - before;
      if (advanced > cursor) this.#behind.add(lane);
      else this.#behind.delete(lane);
    }
    return grown;
  }
}
