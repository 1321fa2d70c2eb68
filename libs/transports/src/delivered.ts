import type { LaneItem } from './lane-hold.js';
import type { LaneInHand } from './presence.js';

/** What a broker pushed to one lane and was not told to go past, in order. */
export class Delivered<Item extends LaneItem> implements LaneInHand {
  readonly #items: Item[] = [];

  get count(): number {
    return this.#items.length;
  }

  get bytes(): number {
    return this.#items.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get oldestAtMs(): number | undefined {
    const delivery = this.#items[0]?.delivery;
    return delivery?.kind === 'decoded' ? delivery.envelope.timeMs : undefined;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  /** The oldest so many. */
  settle(count: number): void {
    this.#items.splice(0, count);
  }

  clear(): void {
    this.#items.length = 0;
  }
}
