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
