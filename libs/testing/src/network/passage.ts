import { Transform } from 'node:stream';

/** How slow a way is now; it may change while data are on it. */
export interface Pace {
  delayMs: number;
  /** Infinity: no bound. */
  bytesPerSecond: number;
}

/** How often a second a throttled way passes something on: often enough that messages arrive in pieces. */
const PIECES_PER_SECOND = 20;

/** One direction of a connection, which passes data on at the given pace. */
export function passage(pace: Pace): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (pace.delayMs === 0 && pace.bytesPerSecond === Infinity) done(null, chunk);
      else void pass(this, chunk, pace, done);
    },
  });
}

async function pass(way: Transform, chunk: Buffer, pace: Pace, done: () => void): Promise<void> {
  await elapsed(pace.delayMs);
  for (let rest = chunk; rest.length > 0 && !way.destroyed;) {
    const size = Math.min(rest.length, Math.max(1, Math.floor(pace.bytesPerSecond / PIECES_PER_SECOND)));
    way.push(rest.subarray(0, size));
    rest = rest.subarray(size);
    await elapsed((size * 1_000) / pace.bytesPerSecond);
  }
  done();
}

async function elapsed(ms: number): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
