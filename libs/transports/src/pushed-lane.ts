import { LaneHold, type LaneItem } from './lane-hold.js';
import type { LaneIntake } from './lane-pump.js';

/** The intake of a lane whose deliveries the broker pushes, within the prefetch that it was granted. */
export class PushedLane<Item extends LaneItem> extends LaneHold<Item> implements LaneIntake<Item> {
  readonly more = false;
  running = 0;

  async fill(): Promise<void> {}
}
