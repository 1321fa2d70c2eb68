import type { ChannelModel } from 'amqplib';
import { pause } from '../pause.js';
import { LaneSession, type LaneParts } from './lane-session.js';

const PAUSE_MS_FIRST = 50;
const PAUSE_MS_MOST = 5_000;
/** A session that lived this long has had no failure of its own making. */
const SOUND_MS = 10_000;

/** Holds one lane for as long as it is wanted and there is a connection: session after session. */
export class LaneKeeper {
  readonly #parts: LaneParts;
  readonly #random: () => number;
  readonly #ended = new AbortController();
  #model: ChannelModel | undefined;
  #wanted = false;
  /** How often the lane was let go; what began before is to end. */
  #lettings = 0;
  #session: LaneSession | undefined;
  /** Of sessions whose lane was lost, while a batch of theirs still runs. */
  readonly #settling = new Set<Promise<void>>();
  #holding = Promise.resolve();
  #onChange: () => void = () => undefined;

  constructor(parts: LaneParts, random: () => number) {
    this.#parts = parts;
    this.#random = random;
    void this.#keep();
  }

  get session(): LaneSession | undefined {
    return this.#session;
  }

  /** Resolves when nothing is held, and no batch runs, that was held or ran when it was asked. */
  get free(): Promise<unknown> {
    return this.#holding.then(() => Promise.all(this.#settling));
  }

  attach(model: ChannelModel | undefined): void {
    this.#model = model;
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
      if (!this.#wanted || !this.#model) {
        await new Promise<void>((resolve) => (this.#onChange = resolve));
        continue;
      }
      const sinceMs = performance.now();
      const holding = this.#hold(this.#model);
      this.#holding = holding.then(() => undefined);
      const failed = await holding;
      if (!failed) continue;
      failures = performance.now() - sinceMs > SOUND_MS ? 1 : failures + 1;
      await pause(this.#random() * Math.min(PAUSE_MS_MOST, PAUSE_MS_FIRST * 2 ** failures), signal);
    }
  }

  /** True when the lane was lost, or could not be taken, though it is wanted. */
  async #hold(model: ChannelModel): Promise<boolean> {
    const lettings = this.#lettings;
    try {
      const session = await LaneSession.open(model, this.#parts);
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
