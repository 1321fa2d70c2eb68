/** A transport cannot do its work. The message says what failed, where, and what to do next. */
export class TransportError extends Error {
  override readonly name: string = 'TransportError';
  /** The setting to change, where one would help. */
  readonly setting: string | undefined;

  constructor(message: string, options: { setting?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.setting = options.setting;
  }
}

/**
 * Why a publish was refused. `too-large` and `closed` stay so; `overloaded` and `unavailable` pass; `timeout` and
 * `interrupted` are the ones whose outcome may be unknown.
 */
export type PublishFailure =
  'too-large' | 'closed' | 'overloaded' | 'unroutable' | 'unavailable' | 'timeout' | 'interrupted';

export class PublishError extends TransportError {
  override readonly name = 'PublishError';
  /** `not-stored`: it will never be delivered. `unknown`: it may be; repeat it with the same id. */
  readonly outcome: 'not-stored' | 'unknown';
  readonly failure: PublishFailure;
  /** What the transport knows of when to come back. */
  readonly retryAfterMs: number | undefined;

  constructor(
    outcome: 'not-stored' | 'unknown',
    failure: PublishFailure,
    message: string,
    options: { retryAfterMs?: number; setting?: string; cause?: unknown } = {},
  ) {
    super(message, options);
    this.outcome = outcome;
    this.failure = failure;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const LANES_TOLD = 8;

/**
 * A transport has closed, and accepted commands stay in this process's spool: the next start with the same `DATA_DIR`
 * forwards them. The process should end with a code that is not 0, so that nobody throws its disk away.
 */
export class CommandsLeft extends TransportError {
  override readonly name = 'CommandsLeft';
  readonly count: number;
  /** How many of each lane, indexed by lane. */
  readonly lanes: readonly number[];
  /** Where they lie. */
  readonly directory: string;

  constructor(lanes: readonly number[], directory: string) {
    const count = lanes.reduce((sum, inLane) => sum + inLane, 0);
    const which = lanes.flatMap((inLane, lane) => (inLane > 0 ? `${inLane} in lane ${lane}` : []));
    const shown = which.length > LANES_TOLD ? [...which.slice(0, LANES_TOLD), 'others'] : which;
    super(
      `${count} accepted commands stay in the spool ${directory} (${shown.join(', ')}). Keep that folder, and start this ` +
        'process again with the same DATA_DIR: it forwards them before anything else.',
      { setting: 'DATA_DIR' },
    );
    this.count = count;
    this.lanes = lanes;
    this.directory = directory;
  }
}
