import { randomUUID } from 'node:crypto';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestRefused, RequestUnavailable } from '#messaging';
import { problemOfHttp } from './http-errors.js';
import { Problem } from './problem.js';
import { problemOf } from './problem-catalogue.js';
import { sendProblem } from './send-problem.js';
import { pathOf } from './unrouted.js';

/** How soon a caller may ask again while persistence or its database is away. */
const QUERY_RETRY_AFTER_S = 5;

/** Turns whatever was thrown into a problem document. What it does not know is logged, and answered without a word of it. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('Gateway');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) {
      this.#logger.error(thrown, `Failed after the answer to ${request.method} ${pathOf(request)} had begun.`);
      reply.raw.destroy();
      return;
    }
    sendProblem(this.#problemOf(thrown, request), request, reply);
  }

  #problemOf(thrown: unknown, request: FastifyRequest): Problem {
    if (thrown instanceof Problem) return thrown;
    const cause = thrown instanceof HttpException ? thrown.cause : undefined;
    if (cause instanceof Problem) return cause;
    if (thrown instanceof RequestUnavailable) {
      const headers = { 'Retry-After': String(QUERY_RETRY_AFTER_S) };
      return problemOf('database-unavailable', { detail: thrown.message, headers });
    }
    if (thrown instanceof RequestRefused) return refusal(thrown, request);
    return problemOfHttp(thrown, request) ?? this.#internal(thrown, request);
  }

  #internal(thrown: unknown, request: FastifyRequest): Problem {
    const errorId = randomUUID();
    this.#logger.error(thrown, `${request.method} ${pathOf(request)} failed; errorId ${errorId}.`);
    return problemOf('internal-error', {
      detail: 'The cause is in the log of the gateway, under the errorId.',
      extensions: { errorId },
    });
  }
}

/** What persistence refuses stands in the query of a GET, and in the body of anything else. */
function refusal({ pointer, detail }: RequestRefused, { method }: FastifyRequest): Problem {
  const fault = method === 'GET' ? { parameter: pointer.slice(1), detail } : { pointer, detail };
  return problemOf('invalid-request', { detail, errors: [fault] });
}
