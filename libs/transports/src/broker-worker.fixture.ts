import {
  GATEWAY_SOURCE,
  type Batch,
  type ConsumeOptions,
  type Consumer,
  type Envelope,
  type Transport,
} from '#messaging';
import { until } from '#testing';

export const OPTIONS: ConsumeOptions = { batchMax: 10, batchBytesMax: 1024 ** 2, batchWaitMs: 2, prefetch: 20 };
/** Long, since only what never comes takes it, and machines are busy at times. */
export const DEADLINE_MS = 30_000;
const SPREAD_MS = 120_000;

let made = 0;

/** A small command for that lane, with an id of its own. */
export function envelope(lane: number, fields: Partial<Envelope> = {}): Envelope {
  const id = `command-${++made}`;
  const body = Buffer.from(`{"is":"${id}"}`);
  const command = { id, type: 'a.b.v1', source: GATEWAY_SOURCE, partitionKey: `s:${id}`, lane, timeMs: 1, body };
  return { ...command, attributes: {}, ...fields };
}

export function idsOf({ deliveries }: Batch): string[] {
  return deliveries.map((delivery) => (delivery.kind === 'decoded' ? delivery.envelope.id : delivery.reason));
}

/** A process that consumes, and what it was handed. */
export class Worker<Of extends Transport = Transport> {
  readonly transport: Of;
  readonly batches: Batch[] = [];

  constructor(transport: Of) {
    this.transport = transport;
  }

  consume(settle: (batch: Batch) => unknown = () => undefined): Promise<Consumer> {
    return this.transport.consume(OPTIONS, async (batch) => {
      this.batches.push(batch);
      await settle(batch);
    });
  }

  /** One command to each lane. */
  async publishToAll(lanes: number): Promise<void> {
    await Promise.all(Array.from({ length: lanes }, (_, lane) => this.transport.publish(envelope(lane), DEADLINE_MS)));
  }

  get lanes(): number[] {
    return [...new Set(this.batches.map(({ lane }) => lane))];
  }
}

/** Publishes to every lane until no worker is handed two lanes more than another: how many each is handed, in rising order. */
export async function evenSpread(workers: readonly Worker[], lanes: number): Promise<number[]> {
  const isHanded = () => new Set(workers.flatMap((worker) => worker.lanes)).size === lanes;
  const spread = async () => {
    for (const { batches } of workers) batches.length = 0;
    await workers[0]!.publishToAll(lanes);
    await until(isHanded, 'all lanes were handed over', SPREAD_MS);
    const shares = workers.map((worker) => worker.lanes.length).sort((one, other) => one - other);
    return shares.at(-1)! - shares[0]! <= 1 ? shares : undefined;
  };
  return until(spread, `the ${workers.length} workers have an even share`, SPREAD_MS);
}
