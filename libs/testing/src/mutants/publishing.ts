import type { Backlog, Envelope, Receipt } from '#messaging';
import { DelegatingTransport } from './delegating-transport.js';
import type { Mutant } from './mutant.js';

class ResolvesBeforeStoring extends DelegatingTransport {
  override async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    setTimeout(() => void super.publish(envelope, deadlineMs).catch(() => undefined), 20);
    return { durability: 'memory' };
  }
}

class LosesAttributes extends DelegatingTransport {
  override publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    return super.publish({ ...envelope, attributes: {} }, deadlineMs);
  }
}

class TreatsBodiesAsText extends DelegatingTransport {
  override publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    const body = Buffer.from(Buffer.from(envelope.body).toString());
    return super.publish({ ...envelope, body }, deadlineMs);
  }
}

class CutsWhatIsTooLarge extends DelegatingTransport {
  override publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    const body = envelope.body.subarray(0, this.guarantees.messageBytesMax);
    return super.publish({ ...envelope, body }, deadlineMs);
  }
}

class SwallowsRefusals extends DelegatingTransport {
  override publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    return super.publish(envelope, deadlineMs).catch(() => ({ durability: 'memory' }));
  }
}

class WaitsPastItsDeadline extends DelegatingTransport {
  override publish(envelope: Envelope): Promise<Receipt> {
    return super.publish(envelope, 600_000);
  }
}

class StoresTwice extends DelegatingTransport {
  override async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    await super.publish(envelope, deadlineMs);
    return super.publish(envelope, deadlineMs);
  }
}

class TellsNoBacklogInHand extends DelegatingTransport {
  override async backlog(): Promise<Backlog> {
    const backlog = await super.backlog();
    const value = Math.max(0, backlog.count.value - 1);
    return { ...backlog, count: { value, exact: true } };
  }
}

export const publishingMutants: readonly Mutant[] = [
  { name: 'resolves a publish before it is stored', wrap: ResolvesBeforeStoring, caughtBy: ['3'] },
  { name: 'loses attributes', wrap: LosesAttributes, caughtBy: ['1', '46'] },
  { name: 'treats bodies as text', wrap: TreatsBodiesAsText, caughtBy: ['1'] },
  { name: 'cuts off what is too large', wrap: CutsWhatIsTooLarge, caughtBy: ['8'] },
  { name: 'says stored where it was refused', wrap: SwallowsRefusals, caughtBy: ['7', '8', '9'] },
  { name: 'waits past the deadline of a publish', wrap: WaitsPastItsDeadline, caughtBy: ['5'] },
  { name: 'stores what it is given twice', wrap: StoresTwice, caughtBy: ['3', '12'] },
  { name: 'counts one too few in the backlog', wrap: TellsNoBacklogInHand, caughtBy: ['45'] },
];
