import type { LedgerState } from '#contracts';

/** One lane's books, in commands. Read in this order: `accepted`, then `waiting`, then the rest in one snapshot. */
export interface LaneBooks {
  readonly lane: number;
  /** By the word of all gateways that have ever reported. */
  readonly accepted: number;
  /** In the transport, by whoever sees more of it. */
  readonly waiting: number;
  /** Lines ever entered, each of which is in one of the states. */
  readonly entered: number;
  /** Final states as ever reached, purged lines included; the others as the ledger has them now. */
  readonly states: Readonly<Record<LedgerState, number>>;
  /** Of those that retry, the ones whose time has come. */
  readonly due: number;
  readonly duplicates: number;
  readonly redelivered: number;
  readonly elsewhere: number;
}

export interface LaneBalance extends LaneBooks {
  /**
   * Accepted, and neither accounted for nor waiting. A command waits until its line is committed, and everything is read after
   * `accepted`, so a busy lane shows none either, as long as `waiting` is exact.
   */
  readonly missing: number;
  /**
   * Accounted for or waiting, and reported by no gateway: accepted since the last reports, or by a gateway that died before it
   * reported, or stored although its caller was told `unknown`. As many missing commands could hide behind it.
   */
  readonly surplus: number;
  /** Lines entered that are in no state, or the other way round: the ledger was changed behind its books. */
  readonly stray: number;
}

/**
 * `accepted + elsewhere = applied + rejected + expired + discarded + retrying + parked + dead + duplicates + waiting`. What the
 * transport repeated by itself is on neither side, since it was accepted once.
 */
export function balanceOf(books: LaneBooks): LaneBalance {
  const inStates = Object.values(books.states).reduce((sum, count) => sum + count, 0);
  const accountedFor = inStates + books.duplicates + books.waiting;
  const difference = books.accepted + books.elsewhere - accountedFor;
  return {
    ...books,
    missing: Math.max(0, difference),
    surplus: Math.max(0, -difference),
    stray: Math.abs(books.entered - inStates),
  };
}
