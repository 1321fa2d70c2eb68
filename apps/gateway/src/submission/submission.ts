import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
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

/** The request's submission as a parameter of a controller's method whose route `@Accepts` a command. */
export const Submission = createParamDecorator((_: unknown, context: ExecutionContext): Submission => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  return submissionOf(request, http.getResponse<FastifyReply>(), acceptanceOf(context.getHandler()));
});

function submissionOf(request: FastifyRequest, reply: FastifyReply, acceptance: Acceptance): Submission {
  let controller: AbortController | undefined;
  return {
    principal: principalOf(request).subject,
    idempotencyKey: parseIdempotencyKey(request.headers['idempotency-key']),
    preferences: parsePrefer(request.headers['prefer']),
    trace: traceAttributes(request.headers),
    acceptance,
    receivedAt: performance.now(),
    get signal() {
      if (controller === undefined) {
        controller = new AbortController();
        const abort = () => {
          // An answered request closes too, and nobody waits for it any more.
          if (!reply.raw.writableFinished) controller?.abort();
        };
        if (reply.raw.destroyed) abort();
        else reply.raw.once('close', abort);
      }
      return controller.signal;
    },
  };
}
