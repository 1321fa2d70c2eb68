import { SealLane } from '#contracts';
import { derivedCommandId } from './command-id.js';
import { GATEWAY_SOURCE, type Envelope } from './envelope.js';
import { laneOf, partitionKeyOf } from './lane.js';
import type { Transport } from './transport.js';

/** What the seals of one run have in common. */
export interface SealRun {
  /** The id of the move, as persistence tells it. */
  readonly move: string;
  readonly lanes: number;
  readonly sealer: string;
  readonly sealers: number;
  /** How long the storing of one seal may take. */
  readonly deadlineMs: number;
}

const encoder = new TextEncoder();

/** The seal of one lane. The same run makes the same command again, so that a repetition changes nothing. */
export function sealOf(lane: number, { move, lanes, sealer, sealers }: SealRun): Envelope {
  const key = keyInLane(lane, lanes);
  const payload: SealLane = { move, lane, key, sealer, sealers };
  return Object.freeze({
    id: derivedCommandId(SealLane.type, move, sealer, String(lane)),
    type: SealLane.type,
    source: GATEWAY_SOURCE,
    partitionKey: partitionKeyOf(SealLane.stream.name, key),
    lane,
    timeMs: Date.now(),
    attributes: Object.freeze({}),
    body: encoder.encode(JSON.stringify(payload)),
  });
}

/** Publishes a seal into every lane, and tells how many are stored after each. Rejects with the first `PublishError`. */
export async function publishSeals(
  transport: Pick<Transport, 'publish'>,
  run: SealRun,
  onStored: (count: number) => void = () => undefined,
): Promise<void> {
  for (let lane = 0; lane < run.lanes; lane++) {
    await transport.publish(sealOf(lane, run), run.deadlineMs);
    onStored(lane + 1);
  }
}

/** The first number whose partition key belongs to the lane: as many tries as there are lanes, on average. */
function keyInLane(lane: number, lanes: number): string {
  if (lane >= lanes) throw new RangeError(`Lane ${lane} is not one of ${lanes}.`);
  for (let number = 0; ; number++) {
    if (laneOf(partitionKeyOf(SealLane.stream.name, String(number)), lanes) === lane) return String(number);
  }
}
