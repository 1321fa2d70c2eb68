import type { Batch, ConsumeOptions, Consumer, OnBatch } from '#messaging';
import { DelegatingTransport } from './delegating-transport.js';
import type { Mutant } from './mutant.js';

class AdvancesEarly extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume(options, async (batch, signal) => void onBatch(batch, signal).catch(() => undefined));
  }
}

class DeliversTwice extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume(options, async (batch, signal) => {
      await onBatch(batch, signal);
      await onBatch(batch, signal);
    });
  }
}

class SwapsTwo extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume(options, (batch, signal) => onBatch(swapped(batch), signal));
  }
}

function swapped(batch: Batch): Batch {
  const [first, second, ...rest] = batch.deliveries;
  return first && second ? { ...batch, deliveries: [second, first, ...rest] } : batch;
}

class DropsTheLast extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume(options, async (batch, signal) => {
      const deliveries = batch.deliveries.length < 2 ? batch.deliveries : batch.deliveries.slice(0, -1);
      await onBatch({ ...batch, deliveries }, signal);
    });
  }
}

class MovesOnAfterRejection extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume(options, (batch, signal) => onBatch(batch, signal).catch(() => undefined));
  }
}

class SettlesByHalves extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume(options, async (batch, signal) => {
      await onBatch(batch, signal).catch(() => onBatch({ ...batch, deliveries: batch.deliveries.slice(-1) }, signal));
    });
  }
}

class IgnoresBatchMax extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume({ ...options, batchMax: options.prefetch }, onBatch);
  }
}

class IgnoresBatchBytesMax extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume({ ...options, batchBytesMax: Number.MAX_SAFE_INTEGER }, onBatch);
  }
}

class WaitsForFullBatches extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume({ ...options, batchWaitMs: 600_000 }, onBatch);
  }
}

class HandsOverOneByOne extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume({ ...options, batchMax: 1 }, onBatch);
  }
}

/** Runs the second half of a batch beside the first, as if it were the lane's next batch. */
class IgnoresPrefetch extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    const doubled = { ...options, batchMax: options.batchMax * 2, prefetch: options.prefetch * 2 };
    return super.consume(doubled, async (batch, signal) => {
      const halves = [batch.deliveries.slice(0, options.batchMax), batch.deliveries.slice(options.batchMax)];
      const running = halves.filter((half) => half.length > 0);
      await Promise.all(running.map((deliveries) => onBatch({ ...batch, deliveries }, signal)));
    });
  }
}

class HoldsAllLanesForOne extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    let previous: Promise<void> = Promise.resolve();
    return super.consume(options, (batch, signal) => {
      const run = previous.then(() => onBatch(batch, signal));
      previous = run.catch(() => undefined);
      return run;
    });
  }
}

class HandsOverEmptyBatches extends DelegatingTransport {
  override async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    const consumer = await super.consume(options, onBatch);
    void onBatch({ lane: 0, ownership: 1, deliveries: [] }, new AbortController().signal).catch(() => undefined);
    return consumer;
  }
}

class KeepsOneOwnership extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    return super.consume(options, (batch, signal) => onBatch({ ...batch, ownership: 1 }, signal));
  }
}

export const deliveringMutants: readonly Mutant[] = [
  { name: 'advances before the batch has resolved', wrap: AdvancesEarly, caughtBy: ['17d', '19', '22', '23', '30'] },
  { name: 'delivers again after success', wrap: DeliversTwice, caughtBy: ['12', '16'] },
  { name: 'swaps two deliveries', wrap: SwapsTwo, caughtBy: ['16', '17b', '23'] },
  { name: 'drops the last delivery of a batch', wrap: DropsTheLast, caughtBy: ['17'] },
  { name: 'moves on after a rejection', wrap: MovesOnAfterRejection, caughtBy: ['23', '42'] },
  { name: 'repeats only a part of a rejected batch', wrap: SettlesByHalves, caughtBy: ['23'] },
  { name: 'ignores batchMax', wrap: IgnoresBatchMax, caughtBy: ['17'] },
  { name: 'ignores batchBytesMax', wrap: IgnoresBatchBytesMax, caughtBy: ['17b'] },
  { name: 'waits for full batches for ever', wrap: WaitsForFullBatches, caughtBy: ['17c'] },
  { name: 'never fills a batch', wrap: HandsOverOneByOne, caughtBy: ['17'] },
  { name: 'ignores prefetch', wrap: IgnoresPrefetch, caughtBy: ['17d'] },
  { name: 'lets one slow lane hold all the others', wrap: HoldsAllLanesForOne, caughtBy: ['19'] },
  { name: 'hands over empty batches', wrap: HandsOverEmptyBatches, caughtBy: ['15'] },
  {
    name: 'keeps its ownership number when it takes a lane over anew',
    wrap: KeepsOneOwnership,
    caughtBy: ['28', '31'],
  },
];
