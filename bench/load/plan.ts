/** What the load process is to send; it answers with a `LoadResult`. */
export interface LoadPlan {
  readonly url: string;
  readonly connections: number;
  readonly requests: number;
  /** Constant rate, however fast the answers come; without it each connection sends when its last answer is there. */
  readonly perSecond?: number;
}

export interface LoadResult {
  /** Answers 202. */
  readonly accepted: number;
  /** Any other answer. */
  readonly refused: number;
  readonly seconds: number;
  /** When the first request was due, in milliseconds of the epoch. */
  readonly beganEpochMs: number;
  /** Milliseconds to the whole answer, from sending; at a constant rate from when it should have been sent. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** As many devices as an installation with many keys has. */
const DEVICES = 500;

/** The n-th command: its value tells its number. */
export function readingBody(index: number): string {
  return `{"deviceId":"device-${index % DEVICES}","metric":"celsius","value":${index},"observedAt":"2026-11-22T09:30:00Z"}`;
}
