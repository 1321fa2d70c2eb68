import type { Delivery } from '#messaging';
import { toDelivery } from './record.js';

/** One stored envelope, at its place in its lane. */
export interface SpoolEntry {
  /** Sequences of a lane grow by one, and never return. */
  readonly seq: number;
  /** Undecoded when the disk damaged it. */
  readonly delivery: Delivery;
  readonly bytes: number;
}

/** Entries of one lane as they are stored, in order, side by side. */
export interface SpoolRecords {
  readonly seqs: ArrayLike<number>;
  /** Where each one ends in `bytes`. */
  readonly ends: ArrayLike<number>;
  readonly bytes: Uint8Array;
  /** Sequences of those that the disk damaged. */
  readonly damaged: readonly number[];
}

/** What the records hold; bodies are views of their bytes. */
export function entriesOf(lane: number, { seqs, ends, bytes, damaged }: SpoolRecords): SpoolEntry[] {
  const entries: SpoolEntry[] = [];
  for (let index = 0, start = 0; index < seqs.length; index++) {
    const seq = seqs[index] as number;
    const end = ends[index] as number;
    const intact = damaged.length === 0 || !damaged.includes(seq);
    entries.push({ seq, bytes: end - start, delivery: toDelivery(lane, seq, bytes.subarray(start, end), intact) });
    start = end;
  }
  return entries;
}
