import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_MEDIA_TYPE, problemDocument, type Problem } from './problem.js';
import { pathOf } from './unrouted.js';

/** Sends the document past the reply's serializers, which know only `application/json`. */
export function sendProblem({ details }: Problem, request: FastifyRequest, reply: FastifyReply): void {
  void reply
    .status(details.status)
    .headers({ ...details.headers })
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .send(Buffer.from(JSON.stringify(problemDocument(details, instanceOf(request)))));
}

/** RFC 9457 wants a URI reference, which a path with broken percent-encoding is not. */
function instanceOf(request: FastifyRequest): string | undefined {
  const path = pathOf(request);
  return URL.canParse(path, 'http://gateway') && !/%(?![0-9a-f]{2})/i.test(path) ? path : undefined;
}
