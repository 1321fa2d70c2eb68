import { PublishError } from '#messaging';
import type { Record } from './record.js';

/** One append, from the call until it is settled. */
export interface PendingAppend {
  readonly record: Record;
  readonly resolve: () => void;
  readonly reject: (error: PublishError) => void;
  timer: NodeJS.Timeout | undefined;
  state: 'queued' | 'sent' | 'settled';
}

/** Appends that wait for their transaction, in order, each until its deadline. Counts and bytes are of those that still wait. */
export class AppendQueue {
  #pending: PendingAppend[] = [];
  #head = 0;
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Rejects with a `PublishError` at the deadline: 'not-stored' while it is queued here, 'unknown' once it was taken. */
  add(record: Record, deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending: PendingAppend = { record, resolve, reject, timer: undefined, state: 'queued' };
      pending.timer = setTimeout(() => this.#expire(pending, deadlineMs), deadlineMs);
      this.#pending.push(pending);
      this.#count += 1;
      this.#bytes += record.bytes;
    });
  }

  /** The next appends in order, up to a size, but one at least when any waits. */
  take(countMax: number, bytesMax: number): PendingAppend[] {
    const taken: PendingAppend[] = [];
    let bytes = 0;
    for (; this.#head < this.#pending.length && taken.length < countMax; this.#head++) {
      const next = this.#pending[this.#head] as PendingAppend;
      if (next.state === 'settled') continue;
      if (taken.length > 0 && bytes + next.record.bytes > bytesMax) break;
      bytes += next.record.bytes;
      next.state = 'sent';
      taken.push(next);
    }
    this.#count -= taken.length;
    this.#bytes -= bytes;
    this.#compact();
    return taken;
  }

  #expire(pending: PendingAppend, deadlineMs: number): void {
    const sent = pending.state === 'sent';
    if (!sent) {
      this.#count -= 1;
      this.#bytes -= pending.record.bytes;
    }
    const outcome = sent ? 'unknown' : 'not-stored';
    const doing = sent ? 'was being stored' : 'waited to be stored';
    reject(
      pending,
      new PublishError(outcome, 'timeout', `After ${deadlineMs} ms the command still ${doing} in the spool.`),
    );
  }

  /** Drops what was taken once it is most of the array, so that taking costs nothing per entry that waits. */
  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#pending.length) return;
    this.#pending = this.#pending.slice(this.#head);
    this.#head = 0;
  }
}

export function resolve(pending: PendingAppend): void {
  if (settle(pending)) pending.resolve();
}

export function reject(pending: PendingAppend, error: PublishError): void {
  if (settle(pending)) pending.reject(error);
}

function settle(pending: PendingAppend): boolean {
  if (pending.state === 'settled') return false;
  pending.state = 'settled';
  clearTimeout(pending.timer);
  return true;
}
