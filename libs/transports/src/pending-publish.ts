import { PublishError, type Envelope, type PublishFailure } from '#messaging';

const TIMER_MS_MAX = 2 ** 31 - 1;

/** One publish from the call to its answer, which is given once. */
export class PendingPublish {
  readonly envelope: Envelope;
  readonly #onSettled: (error?: PublishError) => void;
  readonly #timer: NodeJS.Timeout;
  #settled = false;

  constructor(
    envelope: Envelope,
    deadlineMs: number,
    onDeadline: (pending: PendingPublish) => void,
    onSettled: (error?: PublishError) => void,
  ) {
    this.envelope = envelope;
    this.#onSettled = onSettled;
    this.#timer = setTimeout(onDeadline, Math.min(deadlineMs, TIMER_MS_MAX), this);
  }

  /** Whether it has its answer. */
  get settled(): boolean {
    return this.#settled;
  }

  get bytes(): number {
    return this.envelope.body.byteLength;
  }

  stored(): void {
    this.#settle();
  }

  notStored(failure: PublishFailure, message: string, options?: RefusalOptions): void {
    if (!this.#settled) this.#settle(new PublishError('not-stored', failure, message, options));
  }

  unknown(failure: 'timeout' | 'interrupted', message: string): void {
    if (!this.#settled) this.#settle(new PublishError('unknown', failure, message));
  }

  #settle(error?: PublishError): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#onSettled(error);
  }
}

export type RefusalOptions = { readonly setting?: string; readonly retryAfterMs?: number; readonly cause?: unknown };
