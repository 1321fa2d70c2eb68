import { setTimeout } from 'node:timers/promises';
import { publishSeals, type Transport } from '#messaging';
import { Logger } from '@nestjs/common';

/** The sealer of a queue that is sealed once, for all who published to it. */
const WHOLE_QUEUE = 'queue';
const DEADLINE_MS = 10_000;
const REPEAT_MS = 1_000;

/** Seals the old transport where no process but this one can have published to it, so that nobody has to run `npm run seal`. */
export class SelfSealer {
  readonly #log = new Logger('Move');
  readonly #from: Pick<Transport, 'name' | 'publish'>;
  readonly #lanes: number;
  readonly #stopping = new AbortController();

  constructor(from: Pick<Transport, 'name' | 'publish'>, lanes: number) {
    this.#from = from;
    this.#lanes = lanes;
  }

  start(move: string): void {
    // Ends by the signal when the consumer stops first; the next start goes on.
    void this.#seal(move).catch(() => undefined);
  }

  stop(): void {
    this.#stopping.abort();
  }

  async #seal(move: string): Promise<void> {
    const run = { move, lanes: this.#lanes, sealer: WHOLE_QUEUE, sealers: 1, deadlineMs: DEADLINE_MS };
    for (;;) {
      this.#stopping.signal.throwIfAborted();
      try {
        return await publishSeals(this.#from, run);
      } catch (error) {
        this.#log.warn(`The lanes of ${this.#from.name} cannot be sealed yet; trying again. ${String(error)}`);
      }
      await setTimeout(REPEAT_MS, undefined, { signal: this.#stopping.signal });
    }
  }
}
