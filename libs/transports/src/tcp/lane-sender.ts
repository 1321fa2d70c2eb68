import type { Spool, SpoolRecords } from '#spool';
import { pause } from '../pause.js';
import type { Peer } from './peer.js';
import { deliverFrame, Offer, Revoke, type Given, type PullHead } from './protocol.js';

/** What one answer carries at most, but for a single larger entry: keeps a link free for others in between. */
const DELIVER_BYTES_MAX = 1024 * 1024;
/** Their places are told in the frame's head, which has a bound of its own. */
const DELIVER_COUNT_MAX = 4_096;
/** A spool that cannot be read is probed by itself; this only waits for it. */
const READ_PAUSE_MS = 100;

/** One lane of this gateway's spool while one consumer has it: sends what is pulled, from the cursor on. */
export class LaneSender {
  readonly peer: Peer;
  readonly #spool: Spool;
  readonly #given: Given;
  readonly #ended = new AbortController();
  #sentTo: number;
  /** The newest entry that the consumer knows of. */
  #toldLast = 0;
  #pull: PullHead | undefined;
  #serving = false;
  #revoked = false;

  constructor(spool: Spool, peer: Peer, given: Given) {
    this.#spool = spool;
    this.peer = peer;
    this.#given = given;
    this.#sentTo = spool.cursor(given.lane);
    this.#offer();
  }

  get assignment(): number {
    return this.#given.assignment;
  }

  get revoked(): boolean {
    return this.#revoked;
  }

  /** The lane has grown. A consumer that knows of more than it has seen comes by itself. */
  appended(): void {
    if (this.#toldLast <= this.#sentTo && !this.#pull && !this.#revoked) this.#offer();
  }

  pull(pull: PullHead): void {
    this.#pull = pull;
    if (this.#serving) return;
    this.#serving = true;
    void this.#serve().finally(() => (this.#serving = false));
  }

  settled(seq: number): void {
    this.#spool.advance(this.#given.lane, Math.min(seq, this.#sentTo));
  }

  /** The consumer shall give the lane back; what it has in hand may still settle. */
  revoke(): void {
    if (this.#revoked) return;
    this.#revoked = true;
    this.peer.send(Revoke.frame(this.#given));
  }

  /** The consumer has nothing in hand, or is gone. */
  end(): void {
    this.#ended.abort();
  }

  #offer(): void {
    this.#toldLast = this.#spool.last(this.#given.lane);
    this.peer.send(Offer.frame({ ...this.#given, from: this.#sentTo, last: this.#toldLast }));
  }

  async #serve(): Promise<void> {
    while (this.#pull && this.#sending) {
      const { count, bytes } = this.#pull;
      try {
        while (this.peer.full) await this.peer.change;
        const records = await this.#read(Math.min(count, DELIVER_COUNT_MAX), Math.min(bytes, DELIVER_BYTES_MAX));
        // Other lanes may have filled the link meanwhile.
        while (this.peer.full) await this.peer.change;
        if (!this.#sending) return;
        this.#pull = undefined;
        this.#sentTo = records.seqs[records.seqs.length - 1] ?? this.#sentTo;
        this.#toldLast = this.#spool.last(this.#given.lane);
        this.peer.send(deliverFrame(this.#given, this.#toldLast, records));
      } catch {
        await pause(READ_PAUSE_MS, this.#ended.signal);
      }
    }
  }

  #read(count: number, bytes: number): Promise<SpoolRecords> {
    return this.#spool.readRecords(this.#given.lane, this.#sentTo, count, bytes);
  }

  get #sending(): boolean {
    return !this.#revoked && !this.#ended.signal.aborted;
  }
}
