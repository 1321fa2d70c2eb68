import { TransportError, type ConsumeOptions, type Consumer, type OnBatch } from '#messaging';
import type { Spool, SpoolEntry } from '#spool';
import { LanePump, type Takeover } from '../lane-pump.js';
import { pause } from '../pause.js';
import { LaneReader } from './lane-reader.js';

const TIMER_MS_MAX = 2 ** 31 - 1;

interface Running {
  readonly taking: AbortController;
  readonly lost: AbortController;
  readonly pumps: readonly LanePump<SpoolEntry>[];
  /** Every pump has ended. */
  readonly ended: Promise<unknown>;
}

/** All lanes of one spool, each pumped on its own, so that a slow one holds no other. */
export class InProcessConsumer implements Consumer {
  readonly #spool: Spool;
  readonly #lanes: number;
  readonly #options: ConsumeOptions;
  readonly #onBatch: OnBatch;
  readonly #nextOwnership: () => number;
  readonly #stopListening: () => void;
  #running: Running;
  #wanted: 'running' | 'paused' | 'stopped' = 'running';
  #stopping: Promise<void> | undefined;
  readonly #stopped = Promise.withResolvers<void>();

  constructor(spool: Spool, lanes: number, options: ConsumeOptions, onBatch: OnBatch, nextOwnership: () => number) {
    this.#spool = spool;
    this.#lanes = lanes;
    this.#options = options;
    this.#onBatch = onBatch;
    this.#nextOwnership = nextOwnership;
    this.#running = this.#takeOver();
    this.#stopListening = spool.onAppended((lane) => this.#running.pumps[lane]?.wake());
  }

  /** Resolves when `stop` is done: from then on this consumer advances nothing. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  async pause(): Promise<void> {
    if (this.#wanted === 'running') this.#wanted = 'paused';
    const running = this.#running;
    stopTaking(running);
    await endedOrLost(running);
  }

  async resume(): Promise<void> {
    if (this.#wanted === 'stopped') throw new TransportError('The consumer was stopped. Call consume again.');
    this.#wanted = 'running';
    const before = this.#running;
    if (!before.taking.signal.aborted) return;
    await endedOrLost(before);
    // Another call may have paused, stopped or resumed meanwhile.
    if (this.#wanted === 'running' && this.#running === before) this.#running = this.#takeOver();
  }

  stop(deadlineMs: number): Promise<void> {
    return (this.#stopping ??= this.#stop(deadlineMs));
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#wanted = 'stopped';
    const { ended, lost } = this.#running;
    stopTaking(this.#running);
    const settled = new AbortController();
    void ended.then(() => settled.abort());
    await pause(Math.min(deadlineMs, TIMER_MS_MAX), settled.signal);
    lost.abort();
    this.#stopListening();
    this.#stopped.resolve();
  }

  #takeOver(): Running {
    const taking = new AbortController();
    const lost = new AbortController();
    const takeover = { ownership: this.#nextOwnership(), taking: taking.signal, lost: lost.signal };
    const pumps = Array.from({ length: this.#lanes }, (_, lane) => this.#pumpOf(lane, takeover));
    return { taking, lost, pumps, ended: Promise.all(pumps.map((pump) => pump.run())) };
  }

  #pumpOf(lane: number, takeover: Takeover): LanePump<SpoolEntry> {
    const intake = new LaneReader(this.#spool, lane, this.#options);
    const advance = (entries: readonly SpoolEntry[]) => this.#spool.advance(lane, entries.at(-1)?.seq ?? 0);
    return new LanePump({ lane, intake, onBatch: this.#onBatch, takeover, advance });
  }
}

function stopTaking({ taking, pumps }: Running): void {
  taking.abort();
  for (const pump of pumps) pump.wake();
}

async function endedOrLost({ ended, lost }: Running): Promise<void> {
  if (lost.signal.aborted) return;
  const gone = new Promise((resolve) => lost.signal.addEventListener('abort', resolve, { once: true }));
  await Promise.race([ended, gone]);
}
