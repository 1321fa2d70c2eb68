import type { AnswerOf, PayloadOf, RequestContract } from '#contracts';

/** Asks persistence and waits for its answer: queries, and operators' actions. Past the queue, so nothing of it is durable. */
export interface Requests {
  /** Rejects with `RequestUnavailable` when nobody answers by the deadline or the database is away. */
  ask<Contract extends RequestContract>(
    contract: Contract,
    payload: PayloadOf<Contract>,
    deadlineMs: number,
  ): Promise<AnswerOf<Contract>>;
}

/** The injection token of `Requests`. */
export const REQUESTS = Symbol('Requests');

/** The injection token of the process's `Transport`. */
export const TRANSPORT = Symbol('Transport');

/** Persistence cannot answer now: it is not there, too slow, or without its database. */
export class RequestUnavailable extends Error {
  override readonly name = 'RequestUnavailable';
}

/** What was asked makes no sense in a way that no schema sees: the asker's fault, answered with 400. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';

  /** @param pointer where in the request's payload, as an RFC 6901 JSON pointer; @param detail a sentence for people. */
  constructor(
    readonly pointer: string,
    readonly detail: string,
  ) {
    super(`${pointer}: ${detail}`);
  }
}
