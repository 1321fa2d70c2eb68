import { setImmediate } from 'node:timers/promises';
import type { Batch, ConsumeOptions, OnBatch } from '#messaging';
import type { Hold } from './hold.js';
import type { Entry } from './memory-lane.js';

/** Hands over one lane's deliveries, batch by batch, as long as its hold lasts; then releases it. */
export async function pumpLane(hold: Hold, options: ConsumeOptions, onBatch: OnBatch): Promise<void> {
  while (hold.lasts) {
    const entries = await gather(hold, options);
    if (entries.length > 0) await settle(hold, entries, onBatch);
  }
  hold.release();
}

/** Waits for a first entry, then up to `batchWaitMs` for a full batch. Empty when the hold ended meanwhile. */
async function gather(hold: Hold, options: ConsumeOptions): Promise<Entry[]> {
  let waitsUntilMs: number | undefined;
  while (hold.lasts) {
    const changed = hold.lane.changed;
    const { entries, full } = hold.lane.read(options.batchMax, options.batchBytesMax);
    if (entries.length > 0) waitsUntilMs ??= performance.now() + options.batchWaitMs;
    const leftMs = waitsUntilMs === undefined ? undefined : waitsUntilMs - performance.now();
    if (full || (leftMs !== undefined && leftMs <= 0)) return entries;
    await changedOrLate(changed, leftMs);
  }
  return [];
}

async function changedOrLate(changed: Promise<void>, leftMs: number | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = leftMs === undefined ? undefined : setTimeout(resolve, leftMs);
  void changed.then(resolve);
  await promise;
  clearTimeout(timer);
}

/** Hands the same batch over until it is settled, or until the hold ended and it is the next holder's. */
async function settle(hold: Hold, entries: readonly Entry[], onBatch: OnBatch): Promise<void> {
  const deliveries = entries.map((entry) => entry.delivery);
  const batch: Batch = { lane: hold.lane.number, ownership: hold.ownership, deliveries };
  do {
    try {
      await onBatch(batch, hold.signal);
      hold.advance(entries.at(-1)!.sequence);
      return;
    } catch {
      // Lets timers and sockets have their turn between two runs of a batch that always fails.
      await setImmediate();
    }
  } while (hold.lasts);
}
