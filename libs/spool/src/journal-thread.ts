import { Worker } from 'node:worker_threads';
import { TransportError } from '#messaging';
import type { JournalCall, JournalCalls, JournalOptions, JournalReply, JournalRequest } from './journal-messages.js';

/** The thread went away in the middle of a call: what the call did is unknown. */
export class JournalThreadLost extends Error {
  override readonly name = 'JournalThreadLost';
}

export type StartJournal = (options: JournalOptions) => Worker;

const startJournal: StartJournal = (options) =>
  new Worker(new URL('./journal-worker.js', import.meta.url), { workerData: options });

/** Calls the journal in its thread, one after another; a thread that died is started again by the next call. */
export class JournalThread {
  readonly #options: JournalOptions;
  readonly #start: StartJournal;
  readonly #waiting = new Map<number, PromiseWithResolvers<never>>();
  #worker: Worker | undefined;
  #lastId = 0;
  #ended = false;

  constructor(options: JournalOptions, start: StartJournal = startJournal) {
    this.#options = options;
    this.#start = start;
  }

  /** Rejects with a `TransportError` when the journal cannot be opened or read, and with `JournalThreadLost`. */
  call<Call extends JournalCall>(
    call: Call,
    request: JournalCalls[Call]['request'],
    transfer: ArrayBuffer[] = [],
  ): Promise<JournalCalls[Call]['answer']> {
    if (this.#ended) return Promise.reject(new TransportError('The spool is closed.'));
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<never>();
    this.#waiting.set(id, waiting);
    this.#running().postMessage({ id, call, request } satisfies JournalRequest, transfer);
    return waiting.promise;
  }

  /** Ends the thread whatever it does: on disk this is a kill. */
  async terminate(): Promise<void> {
    this.#ended = true;
    await this.#worker?.terminate();
  }

  /** Lets the journal flush and close, and its thread end. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const closed = this.call('close', {});
    this.#ended = true;
    await closed;
    await ended;
  }

  #running(): Worker {
    if (this.#worker) return this.#worker;
    const worker = this.#start(this.#options);
    let cause: unknown;
    worker.on('message', (reply: JournalReply) => this.#settle(reply));
    worker.on('error', (error) => (cause = error));
    worker.on('exit', () => {
      this.#worker = undefined;
      const lost = new JournalThreadLost('The thread of the spool ended in the middle of its work.', { cause });
      for (const { reject } of this.#waiting.values()) reject(lost);
      this.#waiting.clear();
    });
    return (this.#worker = worker);
  }

  #settle(reply: JournalReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.answer as never);
    else waiting?.reject(new TransportError(reply.message, { setting: reply.setting }));
  }
}
