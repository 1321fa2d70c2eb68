import type { ChannelModel } from 'amqplib';
import { LanesConsumer } from '../lanes-consumer.js';
import { inHandOf, type InHand } from '../presence.js';
import { Acknowledgements } from './acknowledgements.js';
import { LaneSession, type LaneParts } from './lane-session.js';

export interface ConsumerParts extends Omit<LaneParts, 'lane' | 'acknowledgements'> {
  readonly random: () => number;
  /** Whether this instance takes lanes. Calls `own` back when that changes what it owns. */
  readonly onTakes: (takes: boolean) => void;
}

/** The lanes that this instance owns, each by a channel of its own. */
export class RabbitmqConsumer extends LanesConsumer<ChannelModel, LaneSession> {
  constructor({ random, onTakes, ...parts }: ConsumerParts) {
    const acknowledgements = new Acknowledgements();
    const open = (model: ChannelModel, lane: number) => LaneSession.open(model, { ...parts, lane, acknowledgements });
    super({ lanes: parts.topology.lanes, open, random, onTakes });
  }

  get inHand(): InHand {
    return inHandOf(this.sessions.map(([lane, { inHand }]) => [lane, inHand]));
  }
}
