import { LanesConsumer } from '../lanes-consumer.js';
import { inHandOf, type InHand } from '../presence.js';
import { LaneSession, type LaneParts } from './lane-session.js';
import type { Wire } from './wire.js';

export interface ConsumerParts extends Omit<LaneParts, 'lane'> {
  readonly random: () => number;
  /** Whether this instance takes lanes. Calls `own` back when that changes what it owns. */
  readonly onTakes: (takes: boolean) => void;
}

/** The lanes that this instance owns, each by links of its own. */
export class ActivemqConsumer extends LanesConsumer<Wire, LaneSession> {
  constructor({ random, onTakes, ...parts }: ConsumerParts) {
    const open = (wire: Wire, lane: number) => LaneSession.open(wire, { ...parts, lane });
    super({ lanes: parts.topology.lanes, open, random, onTakes });
  }

  get inHand(): InHand {
    return inHandOf(this.sessions.map(([lane, { inHand }]) => [lane, inHand]));
  }
}
