import type { ConsumeOptions, OnBatch } from '#messaging';
import type { SpoolEntry } from '#spool';
import { LanePump } from '../lane-pump.js';
import { MergedIntake } from './merged-intake.js';
import type { RemoteItem, RemoteSource } from './remote-source.js';

export interface LaneRunParts {
  readonly lane: number;
  readonly options: ConsumeOptions;
  readonly onBatch: OnBatch;
  readonly nextOwnership: () => number;
  /** The run of the lane before this one has ended. */
  readonly after: Promise<void>;
}

/** One lane in this process, from the first gateway that offers it until none is left: one batch at a time for all of them. */
export class LaneRun {
  readonly #intake: MergedIntake;
  readonly #taking = new AbortController();
  readonly #lost = new AbortController();
  readonly #pump: LanePump<RemoteItem>;
  /** No batch of it runs any more, or what one settles is lost. */
  readonly ended: Promise<void>;

  constructor({ lane, options, onBatch, nextOwnership, after }: LaneRunParts) {
    const intake = new MergedIntake(options, nextOwnership);
    const takeover = {
      get ownership() {
        return intake.ownership;
      },
      taking: this.#taking.signal,
      lost: this.#lost.signal,
    };
    this.#intake = intake;
    this.#pump = new LanePump({ lane, intake, onBatch, takeover, advance: (items) => this.#settle(items) });
    this.ended = this.#run(after);
  }

  /** Whether it takes what gateways offer. */
  get taking(): boolean {
    return !this.#taking.signal.aborted;
  }

  add(source: RemoteSource): void {
    this.#intake.attach(source);
  }

  grown(source: RemoteSource, last: number): void {
    source.grown(last);
    this.#intake.pull();
  }

  received(source: RemoteSource, entries: readonly SpoolEntry[], last: number): void {
    for (const item of source.received(entries, last)) if (!source.revoked) this.#intake.add(item);
    this.#intake.pull();
    this.#pump.wake();
  }

  /** The gateway wants the lane back: it gets it when what runs of it has settled. */
  revoke(source: RemoteSource): void {
    if (!source.live) return;
    source.revoked = true;
    if (this.#allRevoked) this.giveBack();
    else if (!this.#intake.runs(source)) this.#release(source);
    else this.#intake.discard((item) => item.source === source);
  }

  /** The source's link is gone. */
  lose(source: RemoteSource): void {
    source.lose();
    this.#intake.detach(source);
    if (this.#intake.sources.size === 0) this.abandon();
    else if (this.#allRevoked) this.giveBack();
  }

  /** Takes no more. Every gateway gets the lane back when the batch that runs has ended. */
  giveBack(): void {
    this.#taking.abort();
    for (const source of this.#intake.sources) source.revoked = true;
    this.#intake.clear();
    this.#pump.wake();
  }

  /** The same at once: what the batch that runs settles is lost. */
  abandon(): void {
    this.#lost.abort();
    this.giveBack();
    this.#releaseAll();
  }

  async #run(after: Promise<void>): Promise<void> {
    await after;
    const lost = new Promise<void>((resolve) => {
      if (this.#lost.signal.aborted) resolve();
      this.#lost.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([this.#pump.run(), lost]);
    this.#releaseAll();
  }

  #settle(items: readonly RemoteItem[]): void {
    const settledTo = new Map(items.map(({ source, seq }) => [source, seq]));
    this.#intake.settled();
    for (const [source, seq] of settledTo) {
      source.settled(seq);
      if (source.revoked && this.taking) this.#release(source);
    }
  }

  get #allRevoked(): boolean {
    return [...this.#intake.sources].every(({ revoked }) => revoked);
  }

  #releaseAll(): void {
    for (const source of [...this.#intake.sources]) this.#release(source);
  }

  #release(source: RemoteSource): void {
    source.release();
    this.#intake.detach(source);
  }
}
