import type { Envelope } from './envelope.js';

/** Deliveries of one lane in order, settled whole. Never empty. */
export interface Batch {
  readonly lane: number;
  /**
   * Another number each time this process takes the lane over. What a dead owner had in hand comes first after that, so
   * only then can a delivery have run before.
   */
  readonly ownership: number;
  readonly deliveries: readonly Delivery[];
}

/** One hand-over of one envelope. */
export type Delivery = Decoded | Undecoded;

export interface Decoded {
  readonly kind: 'decoded';
  readonly envelope: Envelope;
}

/** What arrived but is no envelope: no id, no type, damaged bytes. It is kept whole, as a dead letter. */
export interface Undecoded {
  readonly kind: 'undecoded';
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** A sentence for people. */
  readonly reason: string;
}
