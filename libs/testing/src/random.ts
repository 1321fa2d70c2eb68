import { randomInt } from 'node:crypto';

/** Numbers that look random and repeat exactly from their seed. */
export interface Random {
  readonly seed: number;
  /** In [0, 1). */
  next(): number;
  /** A whole number, both ends included. */
  integer(min: number, max: number): number;
  pick<Value>(values: readonly [Value, ...Value[]]): Value;
  bytes(length: number): Uint8Array<ArrayBuffer>;
  shuffle<Value>(values: readonly Value[]): Value[];
}

/**
 * Prints its seed, so that a failure can be run again: `SEED=… npm test`. Without an argument the seed is that variable's,
 * or a new one.
 */
export function seeded(seed?: number): Random {
  const given = process.env['SEED'];
  const chosen = seed ?? (given ? Number(given) : randomInt(2 ** 32));
  if (!Number.isSafeInteger(chosen)) throw new RangeError(`SEED must be a whole number, not '${given ?? seed}'.`);
  process.stdout.write(`Random seed ${chosen}: repeat with SEED=${chosen}\n`);
  return randomFrom(chosen);
}

/** The same numbers without a word: for what derives its seed from another that was printed. */
export function randomFrom(seed: number): Random {
  const next = mulberry32(seed);
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  return {
    seed,
    next,
    integer,
    pick: (values) => values[integer(0, values.length - 1)] ?? values[0],
    bytes: (length) => Uint8Array.from({ length }, () => integer(0, 255)),
    shuffle: (values) => {
      const order = [...values];
      for (let last = order.length - 1; last > 0; last--) {
        const other = integer(0, last);
        [order[last], order[other]] = [order[other]!, order[last]!];
      }
      return order;
    },
  };
}

/** Tommy Ettinger's mulberry32: 32 bits of state are plenty for choosing test inputs. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
