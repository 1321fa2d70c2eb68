import { PublishError, type Envelope } from '#messaging';
import type { Spool, SpoolEntry } from '#spool';
import { pause } from '../pause.js';
import { damagedEnvelope } from './damaged-envelope.js';
import { forwardPauseMs } from './forward-pause.js';

export interface ForwardBounds {
  /** What one lane has under way at most. */
  readonly countMax: number;
  readonly bytesMax: number;
}

/** What forwards one lane, and who hears of it. */
export interface ForwardParts {
  readonly spool: Spool;
  readonly lane: number;
  readonly bounds: ForwardBounds;
  /** The largest body that is taken behind the spool. */
  readonly bodyBytesMax: number;
  /** Stores one envelope behind the spool. Rejects as `Transport.publish` does. */
  readonly publish: (envelope: Envelope) => Promise<unknown>;
  readonly onForwarded: (lane: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Takes one lane out of the spool, in order, for as long as that takes. Commands of different keys are under way together;
 * the next of a key starts when the one before it is stored, so that a failed one is repeated in its place.
 */
export class LaneForwarder {
  readonly #parts: ForwardParts;
  /** Stored behind the spool, ahead of one that is not. */
  readonly #stored = new Set<number>();
  #stopped = false;
  #wake: () => void = () => undefined;
  #pausing = new AbortController();

  constructor(parts: ForwardParts) {
    this.#parts = parts;
  }

  /** Resolves when it was stopped and nothing is under way any more. Never rejects. */
  async run(): Promise<void> {
    const { spool, lane } = this.#parts;
    for (let failures = 0; !this.#stopped;) {
      if (spool.last(lane) === spool.cursor(lane)) {
        await this.#nextWake();
        continue;
      }
      const failure = await this.#forward(failures > 0);
      failures = failure === undefined ? 0 : failures + 1;
      if (failure !== undefined) await this.#pause(failures, failure.error);
    }
  }

  /** The lane has more. */
  wake(): void {
    this.#wake();
  }

  /** What failed may work again: tries at once. */
  hurry(): void {
    this.#pausing.abort();
  }

  /** Starts nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
    this.#pausing.abort();
  }

  /** One read, and its entries forwarded as far as they go. After a failure one entry tries alone whether it works again. */
  async #forward(alone: boolean): Promise<{ error: unknown } | undefined> {
    const { spool, lane, bounds, onFailed } = this.#parts;
    try {
      const countMax = alone ? 1 : bounds.countMax;
      const entries = await spool.read(lane, spool.cursor(lane), countMax, bounds.bytesMax);
      const keys = Map.groupBy(entries, keyOf);
      const results = await Promise.allSettled([...keys.values()].map((ofKey) => this.#forwardInTurn(ofKey)));
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      return undefined;
    } catch (error) {
      if (!this.#stopped) onFailed(error);
      return { error };
    }
  }

  async #forwardInTurn(ofKey: readonly SpoolEntry[]): Promise<void> {
    const { lane, publish, bodyBytesMax, onForwarded } = this.#parts;
    for (const { seq, delivery } of ofKey) {
      if (this.#stopped) return;
      if (this.#stored.has(seq)) continue;
      await publish(
        delivery.kind === 'decoded' ? delivery.envelope : damagedEnvelope(lane, seq, delivery, bodyBytesMax),
      );
      this.#stored.add(seq);
      this.#advance();
      onForwarded(lane);
    }
  }

  /** Up to the first one that is not stored behind the spool. */
  #advance(): void {
    const { spool, lane } = this.#parts;
    let seq = spool.cursor(lane);
    while (this.#stored.delete(seq + 1)) seq += 1;
    spool.advance(lane, seq);
  }

  async #nextWake(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    if (!this.#stopped) await promise;
  }

  async #pause(failures: number, error: unknown): Promise<void> {
    const retryAfterMs = error instanceof PublishError ? error.retryAfterMs : undefined;
    this.#pausing = new AbortController();
    if (!this.#stopped) await pause(forwardPauseMs(failures, Math.random(), retryAfterMs), this.#pausing.signal);
  }
}

/** What was damaged has no key, and waits for nobody. */
function keyOf({ seq, delivery }: SpoolEntry): string | number {
  return delivery.kind === 'decoded' ? delivery.envelope.partitionKey : seq;
}
