import { pause } from './pause.js';

const PAUSE_MS_FIRST = 50;
const PAUSE_MS_MOST = 5_000;
/** A session that lived this long has had no failure of its own making. */
const SOUND_MS = 10_000;

/** One taking-over of a lane at a broker, from its opening to its end. */
export interface LaneTenure {
  /** Resolves when it has ended: from then on it advances nothing. */
  readonly gone: Promise<void>;
  /** Resolves when, besides, no batch of it runs any more. */
  readonly settled: Promise<void>;
  /** Starts no more batches; ends when the running one has. Idempotent. */
  release(): void;
  /** Gives the lane up at once, whatever runs. */
  abandon(): void;
}

/** Holds one lane for as long as it is wanted and there is a connection: session after session. */
export class LaneKeeper<Connection, Session extends LaneTenure> {
  readonly #open: (connection: Connection) => Promise<Session>;
  readonly #random: () => number;
  readonly #ended = new AbortController();
  #connection: Connection | undefined;
  #wanted = false;
  /** How often the lane was let go; what began before is to end. */
  #lettings = 0;
  #session: Session | undefined;
  /** Of sessions whose lane was lost, while a batch of theirs still runs. */
  readonly #settling = new Set<Promise<void>>();
  #holding = Promise.resolve();
  #onChange: () => void = () => undefined;

  /** `open` takes the lane, as soon as nobody else has it. `random` gives numbers in [0, 1). */
  constructor(open: (connection: Connection) => Promise<Session>, random: () => number) {
    this.#open = open;
    this.#random = random;
    void this.#keep();
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Resolves when nothing is held, and no batch runs, that was held or ran when it was asked. */
  get free(): Promise<unknown> {
    return this.#holding.then(() => Promise.all(this.#settling));
  }

  attach(connection: Connection | undefined): void {
    this.#connection = connection;
    this.#onChange();
  }

  want(wanted: boolean): void {
    this.#wanted = wanted;
    if (!wanted) {
      this.#lettings += 1;
      this.#session?.release();
    }
    this.#onChange();
  }

  /** Gives up what is still held. */
  end(): void {
    this.want(false);
    this.#ended.abort();
    this.#session?.abandon();
    this.#onChange();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#ended;
    for (let failures = 0; !signal.aborted;) {
      if (!this.#wanted || !this.#connection) {
        await new Promise<void>((resolve) => (this.#onChange = resolve));
        continue;
      }
      const sinceMs = performance.now();
      const holding = this.#hold(this.#connection);
      this.#holding = holding.then(() => undefined);
      const failed = await holding;
      if (!failed) continue;
      failures = performance.now() - sinceMs > SOUND_MS ? 1 : failures + 1;
      await pause(this.#random() * Math.min(PAUSE_MS_MOST, PAUSE_MS_FIRST * 2 ** failures), signal);
    }
  }

  /** True when the lane was lost, or could not be taken, though it is wanted. */
  async #hold(connection: Connection): Promise<boolean> {
    const lettings = this.#lettings;
    try {
      const session = await this.#open(connection);
      this.#session = session;
      if (this.#ended.signal.aborted) session.abandon();
      else if (lettings !== this.#lettings) session.release();
      await session.gone;
      this.#letSettle(session.settled);
    } catch {
      // The connection's supervisor tells of what ails it; here it is only tried again.
    }
    this.#session = undefined;
    return lettings === this.#lettings;
  }

  #letSettle(settled: Promise<void>): void {
    this.#settling.add(settled);
    void settled.then(() => this.#settling.delete(settled));
  }
}
