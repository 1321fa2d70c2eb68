import { laneOf, PublishError, type Envelope, type PublishFailure, type Receipt } from '#messaging';
import type { SpoolOptions } from '#spool';
import { MemoryBroker, MemoryTransport } from '#testing';

export const LANES = 4;
export const DEADLINE_MS = 10_000;

const MIB = 1024 * 1024;

export function spoolOptions(directory: string, changes: Partial<SpoolOptions> = {}): SpoolOptions {
  return { directory, lanes: LANES, bytesMax: 16 * MIB, countMax: 100_000, ...changes };
}

/** What a faulty broker does with one publish; undefined: it stores it. */
export type Fault = (envelope: Envelope) => Promise<PublishError | undefined> | PublishError | undefined;

/** A transport in memory whose publishes fail as a test wants, and that remembers what it stored, in order. */
export class FaultyTransport extends MemoryTransport {
  readonly broker: MemoryBroker;
  readonly stored: Envelope[] = [];
  fault: Fault = () => undefined;

  constructor(broker = new MemoryBroker(LANES)) {
    super(broker);
    this.broker = broker;
  }

  override async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    const error = await this.fault(envelope);
    if (error?.outcome === 'not-stored') throw error;
    const receipt = await super.publish(envelope, deadlineMs);
    this.stored.push(envelope);
    if (error) throw error;
    return receipt;
  }

  get ids(): string[] {
    return this.stored.map(({ id }) => id);
  }
}

/** Of `unknown`, the faulty transport has stored the command nevertheless. */
export function failed(failure: PublishFailure, outcome: PublishError['outcome'] = 'not-stored'): PublishError {
  return new PublishError(outcome, failure, `A test made this publish fail: ${failure}.`);
}

export function envelope(id: string, key = id, lane = laneOf(key, LANES)): Envelope {
  const body = Buffer.from(JSON.stringify({ id }));
  return { id, type: 'a.b.v1', source: 'urn:a', partitionKey: key, lane, timeMs: 1, attributes: {}, body };
}

/** The ids of each key, in order, a repetition left out. */
export function idsByKey(envelopes: readonly Envelope[]): Map<string, string[]> {
  const byKey = new Map<string, string[]>();
  for (const { partitionKey, id } of envelopes) {
    const ids = byKey.get(partitionKey) ?? [];
    if (!ids.includes(id)) ids.push(id);
    byKey.set(partitionKey, ids);
  }
  return byKey;
}
