import { PublishError, type Batch, type Transport } from '#messaging';
import type { Problem } from '../ledger/line.js';
import { addToAccount } from '../reconciliation/lane-account.js';
import { Tally } from '../reconciliation/tally.js';
import type { EngineContext } from './context.js';
import { storable } from '../ledger/text.js';
import { decodeBatch, type Arrivals, type Misplaced } from './decode.js';
import type { Entry } from './entry.js';
import { patiently } from './patience.js';
import { settleAlone, SharedTransactions } from './shared-transactions.js';

const FORWARD_DEADLINE_MS = 10_000;

/** Settles the batches that a transport hands over: every delivery gets its one line in the ledger. */
export class BatchEngine {
  readonly #context: EngineContext;
  readonly #transport: Pick<Transport, 'publish'>;
  readonly #ownerships = new Map<number, { ownership: number; advanced: number }>();
  readonly #shared: SharedTransactions;
  #givingBack = new AbortController();

  constructor(context: EngineContext, transport: Pick<Transport, 'publish'>) {
    this.#context = context;
    this.#transport = transport;
    this.#shared = new SharedTransactions(context);
  }

  /** The callback of `Transport.consume`. Resolves when every delivery is accounted for; rejects when it gives the batch back. */
  readonly onBatch = async (batch: Batch, signal: AbortSignal): Promise<void> => {
    const { options, registry, database } = this.#context;
    const begunAt = performance.now();
    const until = AbortSignal.any([signal, this.#givingBack.signal]);
    const arrivals = decodeBatch(batch, registry, database.lanes, options.now());
    for (const misplaced of arrivals.misplaced) await this.#forward(misplaced, until);
    const careful = this.#isCareful(batch);
    for (const entries of partsOf(arrivals.entries)) {
      const part = { lane: batch.lane, entries, careful, signal: until };
      if (isIsolated(entries[0])) await settleAlone(this.#context, part);
      else await this.#shared.settle(part);
    }
    await this.#enterAside(batch.lane, arrivals, until);
    this.#advance(batch);
    this.#context.meter.settled(batch, performance.now() - begunAt);
  };

  /** Rejects what is held, and what comes, until `takeAgain`. */
  giveBack(): void {
    this.#givingBack.abort(new Error('The batch goes back to the transport; the database cannot take it now.'));
  }

  takeAgain(): void {
    if (this.#givingBack.signal.aborted) this.#givingBack = new AbortController();
  }

  /** Only what a dead owner may have had in hand can have run before. */
  #isCareful({ lane, ownership }: Batch): boolean {
    const owned = this.#ownerships.get(lane);
    return owned?.ownership !== ownership || owned.advanced < this.#context.options.batchMax;
  }

  #advance({ lane, ownership, deliveries }: Batch): void {
    const owned = this.#ownerships.get(lane);
    const before = owned?.ownership === ownership ? owned.advanced : 0;
    this.#ownerships.set(lane, { ownership, advanced: before + deliveries.length });
  }

  /**
   * Publishes a delivery to the lane that its key belongs to, until that is stored: its own batch must not advance before. One
   * that the transport finds too large, which no waiting mends, becomes a dead line in that lane.
   */
  async #forward({ entry, envelope }: Misplaced, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        await this.#transport.publish(envelope, FORWARD_DEADLINE_MS);
        return;
      } catch (error) {
        if (error instanceof PublishError && error.failure === 'too-large') {
          const { lane } = envelope;
          const dead = { ...entry, lane, runnable: undefined, problem: tooLarge(error) };
          return settleAlone(this.#context, { lane, entries: [dead], careful: false, signal });
        }
        await delay(FORWARD_PAUSE_MS, signal);
      }
    }
  }

  /** Accounts for what the settler does not see. */
  async #enterAside(lane: number, { conflicts, undecoded, repeats }: Arrivals, signal: AbortSignal): Promise<void> {
    if (conflicts.length + undecoded.length + repeats.length === 0) return;
    const { breaker, database, ledger, meter } = this.#context;
    const tried = await patiently(breaker, signal, () =>
      database.inTransaction(async (transaction) => {
        const tally = new Tally(lane);
        const entered = await ledger.enterWhole(transaction, conflicts);
        for (const line of conflicts) {
          if (entered.delete(line.id)) tally.enter(line, line.state);
          else tally.repeat(line);
        }
        // One by one, since the same message may come twice in a batch and a statement cannot count a row twice.
        for (const line of undecoded) {
          if (await ledger.enterUndecoded(transaction, line)) tally.enter(line, line.state);
          else tally.repeat(line);
        }
        for (const entry of repeats) tally.repeat(entry);
        await addToAccount(transaction, tally);
        return tally;
      }, lane),
    );
    if (!tried.done) throw tried.failure;
    meter.committed(tried.value);
  }
}

const FORWARD_PAUSE_MS = 500;

function tooLarge({ message }: PublishError): Problem {
  const text = `It came in a lane that is not its key's, and is too large to be sent to that one; replay it. ${message}`;
  return { code: 'too-large-to-forward', message: storable(text) };
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => {
    clearTimeout(timer);
    resolve();
  };
  const timer = setTimeout(() => {
    signal.removeEventListener('abort', onAbort);
    resolve();
  }, ms);
  signal.addEventListener('abort', onAbort, { once: true });
  return promise;
}

/** Cuts out isolated commands, which share their transaction with nobody, and keeps the order. */
function partsOf(entries: readonly Entry[]): Entry[][] {
  const parts: Entry[][] = [];
  let together: Entry[] | undefined;
  for (const entry of entries) {
    if (isIsolated(entry)) {
      parts.push([entry]);
      together = undefined;
    } else if (together) {
      together.push(entry);
    } else {
      parts.push((together = [entry]));
    }
  }
  return parts;
}

function isIsolated(entry: Entry | undefined): boolean {
  return entry?.runnable?.binding.contract.isolated === true;
}
