import { median } from './median.js';

/** A figure of several rounds. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

/** Undefined where no round has a value. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const told = values.filter(Number.isFinite);
  if (told.length === 0) return undefined;
  return { median: median(told), low: Math.min(...told), high: Math.max(...told), rounds: told.length };
}

/**
 * Ratios of values to others, both by their round: each round's own ratio, so that what disturbed a whole round cancels out.
 * A round that lacks one of the two says nothing.
 */
export function pairwise(own: ReadonlyMap<number, number>, others: ReadonlyMap<number, number>): number[] {
  return [...own].map(([round, value]) => value / (others.get(round) ?? Number.NaN)).filter(Number.isFinite);
}
