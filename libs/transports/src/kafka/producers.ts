import { pause } from '../pause.js';
import type { Cluster } from './cluster.js';
import { ErrorCode, errorName, initProducerId } from './protocol.js';

const NO_TRANSACTION_MS = 60_000;
const AGAIN_MS = 50;

/** Under this the brokers know what they have stored already; a number counts its records in each partition. */
export interface Producer {
  readonly id: bigint;
  readonly epoch: number;
}

/** The one by which new batches are sent, and another when that one's numbers no longer fit. */
export class Producers {
  readonly #cluster: Cluster;
  #current: Promise<Producer> | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Rejects as the connection does; then it may be asked again. */
  current(): Promise<Producer> {
    return (this.#current ??= this.#make().catch((error: unknown) => {
      this.#current = undefined;
      throw error;
    }));
  }

  /** That one is of no more use to a partition. */
  async giveUp(producer: Producer): Promise<void> {
    const current = this.#current;
    if (current && (await current.catch(() => undefined)) === producer && this.#current === current) {
      this.#current = undefined;
    }
  }

  async #make(): Promise<Producer> {
    const cluster = this.#cluster;
    const ask = () => cluster.any().ask(initProducerId, [null, NO_TRANSACTION_MS, -1n, -1]);
    let answer = await ask();
    // A broker that has just started waits for its first block of ids.
    while (answer.errorCode === ErrorCode.coordinatorLoading && !cluster.closing.aborted) {
      await pause(AGAIN_MS, cluster.closing);
      answer = await ask();
    }
    const { errorCode, producerId, producerEpoch } = answer;
    if (errorCode !== ErrorCode.none) throw new Error(`the cluster gives no producer id: ${errorName(errorCode)}`);
    return { id: producerId, epoch: producerEpoch };
  }
}
