import { setTimeout } from 'node:timers/promises';
import type { Consumer } from '#messaging';

import type { MoveReport } from './move-report.js';
import type { SealBoard } from './seal-board.js';

export interface ConsumerParts {
  readonly old: Consumer;
  readonly board: SealBoard;
  readonly report: MoveReport;
  readonly onStop: () => void;
  /** Begins to consume the new transport. A batch of a lane that is not sealed yet is held until `holding` aborts. */
  readonly consumeNew: (holding: () => AbortSignal) => Promise<Consumer>;
}

/** How long after a refusal the new transport is asked again. */
const REFUSED_PAUSE_MS = 1_000;

/**
 * Consumes the old transport, and the new one from the first sealed lane on: before that nothing of it could run, and brokers
 * end who holds deliveries for long. From then on a lane is held no longer than the old one takes to drain to its seal.
 */
export class DrainingConsumer implements Consumer {
  readonly #parts: ConsumerParts;
  readonly #stopping = new AbortController();
  readonly #beginning: Promise<void>;
  #holding = new AbortController();
  #new: Consumer | undefined;
  #paused = false;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    // Ends by the signal when the consumer stops first.
    this.#beginning = this.#begin().catch(() => undefined);
  }

  async pause(): Promise<void> {
    this.#paused = true;
    // The new transport stops taking before its held batches are given up, or it would hand them over again at once.
    const paused = Promise.all([this.#parts.old.pause(), this.#new?.pause()]);
    this.#release();
    await paused;
  }

  async resume(): Promise<void> {
    this.#paused = false;
    if (this.#holding.signal.aborted) this.#holding = new AbortController();
    await Promise.all([this.#parts.old.resume(), this.#new?.resume()]);
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#parts.onStop();
    this.#stopping.abort(new Error('The consumer stops.'));
    await this.#beginning;
    const stopped = Promise.all([this.#parts.old.stop(deadlineMs), this.#new?.stop(deadlineMs)]);
    this.#release();
    await stopped;
  }

  #release(): void {
    this.#holding.abort(new Error('The batch goes back to its transport; its lane is not sealed yet.'));
  }

  async #begin(): Promise<void> {
    const { board, report, consumeNew } = this.#parts;
    await board.until(() => board.count > 0, this.#stopping.signal);
    while (this.#new === undefined) {
      this.#stopping.signal.throwIfAborted();
      try {
        this.#new = await consumeNew(() => this.#holding.signal);
      } catch (error) {
        report.noteRefusal(error);
        await setTimeout(REFUSED_PAUSE_MS, undefined, { signal: this.#stopping.signal });
      }
    }
    if (this.#paused) await this.#new.pause();
  }
}
