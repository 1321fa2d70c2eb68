import { PublishError, type ConsumeOptions, type Consumer, type OnBatch } from '#messaging';
import type { MemoryBroker } from '../memory/memory-broker.js';
import { DelegatingTransport } from './delegating-transport.js';
import type { Mutant } from './mutant.js';

class NeverNoticesClose extends DelegatingTransport {
  override async close(): Promise<void> {}
}

class ClosesWithoutWaiting extends DelegatingTransport {
  override close(): Promise<void> {
    return super.close(0);
  }
}

class WaitsPastTheDeadlineOfClose extends DelegatingTransport {
  override close(deadlineMs: number): Promise<void> {
    return super.close(deadlineMs + 4_000);
  }
}

class LeaksATimer extends DelegatingTransport {
  override async close(deadlineMs: number): Promise<void> {
    await super.close(deadlineMs);
    setTimeout(() => undefined, 5_000);
  }
}

class PausesWithoutWaiting extends DelegatingTransport {
  override async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    const consumer = await super.consume(options, onBatch);
    const pause = async () => void consumer.pause();
    return { pause, resume: () => consumer.resume(), stop: (deadlineMs) => consumer.stop(deadlineMs) };
  }
}

class NeverPauses extends DelegatingTransport {
  override async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    const consumer = await super.consume(options, onBatch);
    const nothing = async () => undefined;
    return { pause: nothing, resume: nothing, stop: (deadlineMs) => consumer.stop(deadlineMs) };
  }
}

class TakesASecondConsumer extends DelegatingTransport {
  override consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    const ignored = { pause: async () => undefined, resume: async () => undefined, stop: async () => undefined };
    return super.consume(options, onBatch).catch((error: unknown) => {
      if (error instanceof PublishError) throw error;
      return ignored;
    });
  }
}

class NotifiesOneListener extends DelegatingTransport {
  #heard = false;

  override listen(onNotice: (notice: Uint8Array) => void): () => void {
    if (this.#heard) return () => undefined;
    this.#heard = true;
    return super.listen(onNotice);
  }
}

class KeepsToItself extends DelegatingTransport {
  readonly #listeners = new Set<(notice: Uint8Array) => void>();

  override notify(notice: Uint8Array): void {
    for (const onNotice of this.#listeners)
      void Promise.resolve(notice)
        .then(onNotice)
        .catch(() => undefined);
  }

  override listen(onNotice: (notice: Uint8Array) => void): () => void {
    this.#listeners.add(onNotice);
    return () => this.#listeners.delete(onNotice);
  }
}

/** Whatever waited when the last transport of the queue closed is gone. */
function losesPendingAtClose(broker: MemoryBroker): void {
  const disconnect = broker.disconnect.bind(broker);
  broker.disconnect = (connection) => {
    disconnect(connection);
    for (const lane of broker.lanes) lane.advance(Number.MAX_SAFE_INTEGER);
  };
}

/** Once a member gave the first lane back it is nobody's. */
function forgetsALaneAtHandOver(broker: MemoryBroker): void {
  const release = broker.release.bind(broker);
  broker.release = (hold) => {
    if (hold.lane.number === 0) hold.revoke();
    else release(hold);
  };
}

/** A late resolve is read in the numbering of the new connection, which begins where the old one had advanced to. */
function confusesNumberings(broker: MemoryBroker): void {
  const expel = broker.expel.bind(broker);
  broker.expel = (member) => {
    const lost = expel(member);
    for (const hold of lost) {
      const base = (hold.lane.oldest?.sequence ?? 1) - 1;
      hold.advance = (sequence) => hold.lane.advance(base + sequence);
    }
    return lost;
  };
}

/** What one who lost the lane had in hand counts as settled. */
function skipsWhatWasInHand(broker: MemoryBroker): void {
  const expel = broker.expel.bind(broker);
  broker.expel = (member) => {
    const lost = expel(member);
    for (const { lane } of lost) if (lane.oldest) lane.advance(lane.oldest.sequence);
    return lost;
  };
}

/** What would have come next when a lane was given back is skipped. */
function skipsOneAtHandOver(broker: MemoryBroker): void {
  const release = broker.release.bind(broker);
  broker.release = (hold) => {
    const next = hold.lane.oldest;
    release(hold);
    if (next) hold.lane.advance(next.sequence);
  };
}

export const livingMutants: readonly Mutant[] = [
  { name: 'leaks a timer', wrap: LeaksATimer, caughtBy: ['37'] },
  { name: 'never notices close', wrap: NeverNoticesClose, caughtBy: ['9', '36'] },
  { name: 'closes without waiting for what is in hand', wrap: ClosesWithoutWaiting, caughtBy: ['29'] },
  { name: 'waits past the deadline of close', wrap: WaitsPastTheDeadlineOfClose, caughtBy: ['30'] },
  { name: 'pauses without waiting for what is running', wrap: PausesWithoutWaiting, caughtBy: ['28'] },
  { name: 'never pauses', wrap: NeverPauses, caughtBy: ['28', '28b'] },
  { name: 'takes a second consumer and gives it nothing', wrap: TakesASecondConsumer, caughtBy: ['21'] },
  { name: 'notifies one listener only', wrap: NotifiesOneListener, caughtBy: ['48'] },
  { name: 'keeps notices within the process', wrap: KeepsToItself, caughtBy: ['48b'] },
  { name: 'loses at close what waits', spoil: losesPendingAtClose, caughtBy: ['3', '22', '29'] },
  { name: 'forgets a lane at a hand-over', spoil: forgetsALaneAtHandOver, caughtBy: ['28', '31'] },
  { name: 'confuses the numberings of two connections', spoil: confusesNumberings, caughtBy: ['26', '26b'] },
  { name: 'skips what a lost owner had in hand', spoil: skipsWhatWasInHand, caughtBy: ['21b', '25', '30'] },
  { name: 'skips one at a hand-over', spoil: skipsOneAtHandOver, caughtBy: ['22', '28'] },
];
