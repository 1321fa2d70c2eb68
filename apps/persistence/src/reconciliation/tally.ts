import { SealLane, type LedgerState } from '#contracts';
import { timeOfCommandId } from '#messaging';
import type { ArrivedLine } from '../ledger/line.js';

export type AccountColumn =
  'entered' | 'applied' | 'rejected' | 'expired' | 'discarded' | 'duplicates' | 'redelivered' | 'elsewhere';

/** What one transaction has accounted for in one lane. Counts only as much as the transaction commits. */
export class Tally {
  /** Lines that came to each state, whether just entered or changed. */
  readonly states: Record<LedgerState, number> = {
    applied: 0,
    rejected: 0,
    retrying: 0,
    parked: 0,
    dead: 0,
    expired: 0,
    discarded: 0,
  };
  /** Deliveries that got a line. */
  entered = 0;
  /** Deliveries whose id had a line already, of another request perhaps: an `Idempotency-Key` names its command twice. */
  duplicates = 0;
  /** Deliveries of an id that only one request can have made: the transport's repetition, accepted once. */
  redelivered = 0;
  /** Of `entered` and `duplicates`, those that no gateway has accepted: foreign programs' messages, and seals. */
  elsewhere = 0;
  /** What the lane's account has already been given, by the statement that entered the lines. */
  readonly #inAccount = { entered: 0, applied: 0 };

  constructor(readonly lane: number) {}

  /** A delivery's line was entered. */
  enter(line: ArrivedLine, state: LedgerState): void {
    this.entered++;
    this.states[state]++;
    if (isFromElsewhere(line)) this.elsewhere++;
  }

  /** A delivery's id had its line already. */
  repeat(line: ArrivedLine): void {
    if (isFromElsewhere(line)) {
      this.duplicates++;
      this.elsewhere++;
    } else if (timeOfCommandId(line.id) === undefined) {
      this.duplicates++;
    } else {
      this.redelivered++;
    }
  }

  /** A line that has long been entered came to another state. */
  change(state: LedgerState): void {
    this.states[state]++;
  }

  /** A line was entered in this state, in the ledger and in the lane's account at once. */
  noteInAccount(state: LedgerState): void {
    this.#inAccount.entered++;
    if (state === 'applied') this.#inAccount.applied++;
  }

  /**
   * What the lane's account still lacks, by column; undefined where it lacks nothing, as after most batches. States that are not
   * final have no column: they can be counted in the ledger itself.
   */
  get owed(): Readonly<Record<AccountColumn, number>> | undefined {
    const { rejected, expired, discarded } = this.states;
    const owed = {
      entered: this.entered - this.#inAccount.entered,
      applied: this.states.applied - this.#inAccount.applied,
      rejected,
      expired,
      discarded,
      duplicates: this.duplicates,
      redelivered: this.redelivered,
      elsewhere: this.elsewhere,
    };
    return Object.values(owed).some((count) => count !== 0) ? owed : undefined;
  }
}

/** What one transaction has accounted for, lane by lane. */
export class Tallies {
  readonly #byLane = new Map<number, Tally>();

  of({ lane }: ArrivedLine): Tally {
    const known = this.#byLane.get(lane);
    if (known) return known;
    const tally = new Tally(lane);
    this.#byLane.set(lane, tally);
    return tally;
  }

  [Symbol.iterator](): IterableIterator<Tally> {
    return this.#byLane.values();
  }
}

/** Only a gateway's own commands have neither an id of another program nor a missing type. */
function isFromElsewhere({ externalId, type }: ArrivedLine): boolean {
  return externalId !== null || type === null || type === SealLane.type;
}
