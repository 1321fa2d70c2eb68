/** What the load process is to send; it answers with a `LoadResult`. */
export interface LoadPlan {
  readonly url: string;
  readonly connections: number;
  readonly commands: number;
  /** With more than one, `url` takes many in a request, and a command is an element of its array. */
  readonly perRequest?: number;
  /** Constant rate, however fast the answers come; without it each connection sends when its last answer is there. */
  readonly perSecond?: number;
}

export interface LoadResult {
  /** Commands of requests that were answered 202. */
  readonly accepted: number;
  /** Those of any other answer. */
  readonly refused: number;
  /** What those others were, by their status. */
  readonly refusals: Readonly<Record<string, number>>;
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
function readingBody(index: number): string {
  return `{"deviceId":"device-${index % DEVICES}","metric":"celsius","value":${index},"observedAt":"2026-11-22T09:30:00Z"}`;
}

/** So many commands from that number on, as the body of one request. */
export function bodyOf(first: number, commands: number, perRequest: number): string {
  if (perRequest === 1) return readingBody(first);
  return `[${Array.from({ length: commands }, (_, index) => readingBody(first + index)).join(',')}]`;
}
