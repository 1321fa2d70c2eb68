import type { Frame, Link } from '../link.js';
import { questionFrame, replyOf, type Question, type Reply } from './protocol.js';

/** `lost`: the link ended before the reply came; whether anything was done is unknown. `late`: no reply by the deadline. */
export type Outcome = Reply | { readonly result: 'lost'; readonly message: string } | { readonly result: 'late' };

interface Outstanding {
  readonly settle: (outcome: Outcome) => void;
  readonly timer: NodeJS.Timeout;
}

/** One persistence process as a gateway sees it: a link, and the questions that wait for their reply on it. */
export class RequestPeer {
  readonly #link: Link;
  readonly #outstandingMax: number;
  readonly #outstanding = new Map<number, Outstanding>();
  #lastId = 0;
  #sendsFreely = true;
  #draining = false;

  constructor(link: Link, outstandingMax: number) {
    this.#link = link;
    this.#outstandingMax = outstandingMax;
  }

  /** Undefined when it may be asked; else why not. */
  get unfit(): string | undefined {
    if (this.#draining) return `${this.#link.peer} is stopping`;
    if (this.#outstanding.size >= this.#outstandingMax || !this.#sendsFreely) {
      return `${this.#link.peer} already has ${this.#outstanding.size} requests to answer`;
    }
    return undefined;
  }

  /** Never rejects for what lies between the processes. Throws when the question cannot be written. */
  ask(question: Question): Promise<Outcome> {
    const id = ++this.#lastId;
    const frame = questionFrame(id, question);
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const timer = setTimeout(() => this.#settle(id, { result: 'late' }), question.deadlineMs);
    this.#outstanding.set(id, { settle: resolve, timer });
    try {
      this.#sendsFreely = this.#link.send(frame);
    } catch (error) {
      this.#settle(id, { result: 'late' });
      throw error;
    }
    return promise;
  }

  take(frame: Frame): void {
    const { id, reply } = replyOf(frame);
    this.#settle(id, reply);
  }

  sendsAgain(): void {
    this.#sendsFreely = true;
  }

  drain(): void {
    this.#draining = true;
  }

  lose(reason: string): void {
    const message = `The link to ${this.#link.peer} ended before the answer came: ${reason}.`;
    for (const id of [...this.#outstanding.keys()]) this.#settle(id, { result: 'lost', message });
  }

  /** A reply after the deadline finds nobody, and is dropped. */
  #settle(id: number, outcome: Outcome): void {
    const outstanding = this.#outstanding.get(id);
    if (!outstanding) return;
    this.#outstanding.delete(id);
    clearTimeout(outstanding.timer);
    outstanding.settle(outcome);
  }
}
