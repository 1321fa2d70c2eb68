import { RateMeter } from '#messaging';

const WINDOW_MS = 10_000;

/**
 * How fast the backlog shrinks, read off the backlog itself: all persistence instances take from it and all gateways add to
 * it, and none of them has to be known, heard or trusted to still be there.
 */
export class NetDrain {
  readonly #meter: RateMeter;
  #waiting: number | undefined;

  constructor(nowMs: number) {
    this.#meter = new RateMeter(WINDOW_MS, nowMs);
  }

  /** Notes how many commands wait now. */
  note(waiting: number, nowMs: number): void {
    // What waited before the first look came from before this meter's time.
    if (this.#waiting !== undefined) this.#meter.add(this.#waiting - waiting, nowMs);
    this.#waiting = waiting;
  }

  /** Negative while the backlog grows. */
  perSecond(nowMs: number): number {
    return this.#meter.perSecond(nowMs);
  }
}
