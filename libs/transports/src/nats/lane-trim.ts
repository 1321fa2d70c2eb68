import type { NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { pause } from '../pause.js';

const ANSWER_MS_MAX = 2_000;
const RETRY_MS = 200;

export interface TrimParts {
  readonly connection: NatsConnection;
  readonly stream: string;
  /** Whether the lane is still this process's. */
  readonly holds: () => boolean;
}

/**
 * Removes from a lane's stream what is settled: all up to a sequence, and never more. One request at a time, each for all
 * that was settled meanwhile.
 */
export class LaneTrim {
  readonly #parts: TrimParts;
  readonly #ended = new AbortController();
  #settledUpTo = 0;
  #trimming: Promise<void> | undefined;

  constructor(parts: TrimParts) {
    this.#parts = parts;
  }

  /** Everything up to this sequence is settled. */
  upTo(sequence: number): void {
    this.#settledUpTo = sequence;
    this.#trimming ??= this.#trim();
  }

  /** Resolves when all that was settled is removed, or the lane is not this process's any more. */
  get done(): Promise<void> {
    return this.#trimming ?? Promise.resolve();
  }

  /** Removes no more. */
  end(): void {
    this.#ended.abort();
  }

  async #trim(): Promise<void> {
    const { connection, stream, holds } = this.#parts;
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: ANSWER_MS_MAX });
    for (let trimmedUpTo = 0; trimmedUpTo < this.#settledUpTo && !this.#ended.signal.aborted && holds();) {
      const upTo = this.#settledUpTo;
      try {
        await manager.streams.purge(stream, { seq: upTo + 1 });
        trimmedUpTo = upTo;
      } catch {
        await pause(RETRY_MS, this.#ended.signal);
      }
    }
    // In the same breath as the look at what is settled, so that whatever settles next begins anew.
    this.#trimming = undefined;
  }
}
