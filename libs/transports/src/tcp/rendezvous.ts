import { hash } from 'node:crypto';

const WEIGHT_DIGITS = 12;

/**
 * How much an instance attracts each lane. Every lane goes to the instance that attracts it most, so that one that joins
 * takes only its own share from the others, and one that leaves gives only that back.
 */
export function attractions(instance: string, lanes: number): Float64Array {
  return Float64Array.from({ length: lanes }, (_, lane) =>
    Number.parseInt(hash('sha256', `${lane} ${instance}`, 'hex').slice(0, WEIGHT_DIGITS), 16),
  );
}

/** Whichever of the candidates attracts the lane most. */
export function mostAttractive<Candidate extends { readonly attractions: Float64Array; readonly instance: string }>(
  lane: number,
  candidates: Iterable<Candidate>,
): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) if (!best || attractsMore(lane, candidate, best)) best = candidate;
  return best;
}

function attractsMore(
  lane: number,
  one: { readonly attractions: Float64Array; readonly instance: string },
  other: { readonly attractions: Float64Array; readonly instance: string },
): boolean {
  const difference = (one.attractions[lane] ?? 0) - (other.attractions[lane] ?? 0);
  return difference === 0 ? one.instance > other.instance : difference > 0;
}
