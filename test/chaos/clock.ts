import { BroadcastChannel, getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';

/** Sent to a process that has loaded this module: what its clock is wrong by from now on, in milliseconds. */
export interface ClockJump {
  readonly clockOffsetMs: number;
}

/** Its answer: what it takes the time to be. */
export interface ClockTold {
  readonly clockMs: number;
}

const OFFSET = 'sluice-chaos-clock-offset';
const RealDate = Date;
let offsetMs = (getEnvironmentData(OFFSET) as number | undefined) ?? 0;

/**
 * Loaded before anything else, it puts a `Date` in the place of the engine's own that every module and every worker thread of the
 * process sees. Timers and `performance` go on undisturbed, as they do when the clock of a machine is set.
 */
class JumpingDate extends RealDate {
  constructor(...parts: [] | ConstructorParameters<typeof Date>) {
    if (parts.length === 0) super(JumpingDate.now());
    else super(...(parts as [number]));
  }

  static override now(): number {
    return RealDate.now() + offsetMs;
  }

  /** Dates that came from another thread or from Node itself are dates too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof RealDate;
  }
}

globalThis.Date = new Proxy(JumpingDate, {
  // Called without `new`, it is a text.
  apply: () => new JumpingDate().toString(),
}) as unknown as DateConstructor;

const channel = new BroadcastChannel(OFFSET);
channel.onmessage = ({ data }) => (offsetMs = data as number);
channel.unref();

if (isMainThread && process.channel) {
  process.on('message', (message: ClockJump) => {
    offsetMs = message.clockOffsetMs;
    setEnvironmentData(OFFSET, offsetMs);
    channel.postMessage(offsetMs);
    const told: ClockTold = { clockMs: Date.now() };
    process.send?.(told);
  });
  // To listen must not keep the process alive.
  process.channel.unref();
}
