import type { MemoryLane } from './memory-lane.js';

/** Takes the lanes that the broker gives it. */
export interface Member {
  take(hold: Hold): void;
}

/** One member's possession of one lane, from being given it until it is released or revoked. */
export class Hold {
  readonly lane: MemoryLane;
  readonly member: Member;
  readonly ownership: number;
  readonly #release: (hold: Hold) => void;
  readonly #lost = new AbortController();
  #state: 'held' | 'recalled' | 'gone' = 'held';

  constructor(lane: MemoryLane, member: Member, ownership: number, release: (hold: Hold) => void) {
    this.lane = lane;
    this.member = member;
    this.ownership = ownership;
    this.#release = release;
  }

  /** False: take no further batch. */
  get lasts(): boolean {
    return this.#state === 'held';
  }

  /** Aborts when the lane was lost while its holder may have a batch in hand. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Asks for the lane back once the running batch has ended. */
  recall(): void {
    if (this.#state === 'held') this.#state = 'recalled';
    this.lane.touch();
  }

  /** Takes the lane away at once. From here on its holder's `advance` does nothing, whether it knows or not. */
  revoke(): void {
    this.#state = 'gone';
    this.lane.touch();
  }

  /** The holder learns that the lane is lost. */
  abort(): void {
    this.#lost.abort();
  }

  advance(sequence: number): void {
    if (this.#state !== 'gone') this.lane.advance(sequence);
  }

  release(): void {
    this.#release(this);
  }
}
