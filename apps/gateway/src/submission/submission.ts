import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { principalOf } from '../http/principal.js';
import { acceptanceOf, type Acceptance } from './acceptance.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { parsePrefer, type Preferences } from './prefer.js';
import { traceAttributes } from './trace.js';

/** All of a request that matters to its command, besides the payload. */
export interface Submission {
  /** The principal's stable subject. */
  readonly principal: string;
  readonly idempotencyKey: string | undefined;
  readonly preferences: Preferences;
  /** Attributes for the envelope: `traceparent`, `tracestate`, `correlationid`, where the request had them. */
  readonly trace: Readonly<Record<string, string>>;
  /** What the route answers with when it waited. */
  readonly acceptance: Acceptance;
  /** On the clock of `performance.now()`. */
  readonly receivedAt: number;
  /** Aborts when the client goes away. Made when first asked for. */
  readonly signal: AbortSignal;
}

export function submissionFactory(_: unknown, context: ExecutionContext): Submission {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const response = http.getResponse<FastifyReply>().raw;
  return submissionOf(request.headers, principalOf(request).subject, response, acceptanceOf(context.getHandler()));
}

/** The request's submission as a parameter of a controller's method whose route `@Accepts` a command. */
export const Submission = createParamDecorator(submissionFactory);

/** Throws a 400 problem for an `Idempotency-Key` that is none. */
export function submissionOf(
  headers: IncomingHttpHeaders,
  principal: string,
  response: ServerResponse,
  acceptance: Acceptance,
): Submission {
  return new RequestSubmission(headers, principal, response, acceptance);
}

class RequestSubmission implements Submission {
  readonly idempotencyKey: string | undefined;
  readonly preferences: Preferences;
  readonly trace: Readonly<Record<string, string>>;
  readonly receivedAt = performance.now();
  #controller: AbortController | undefined;
  readonly #response: ServerResponse;

  constructor(
    headers: IncomingHttpHeaders,
    readonly principal: string,
    response: ServerResponse,
    readonly acceptance: Acceptance,
  ) {
    this.idempotencyKey = parseIdempotencyKey(headers['idempotency-key']);
    this.preferences = parsePrefer(headers['prefer']);
    this.trace = traceAttributes(headers);
    this.#response = response;
  }

  get signal(): AbortSignal {
    return (this.#controller ??= this.#watchClient()).signal;
  }

  #watchClient(): AbortController {
    const controller = new AbortController();
    const response = this.#response;
    const abort = () => {
      // An answered request closes too, and nobody waits for it any more.
      if (!response.writableFinished) controller.abort();
    };
    if (response.destroyed) abort();
    else response.once('close', abort);
    return controller;
  }
}
