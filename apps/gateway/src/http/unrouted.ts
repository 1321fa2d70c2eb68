import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemOf } from './problem-catalogue.js';
import type { RouteTable } from './route-table.js';

/**
 * Ends a request that no route takes before its body is read: a method that the path does not have gets 405, OPTIONS the
 * list of those that it has, anything else 404. Returns whether it has answered.
 */
export function answerUnrouted(request: FastifyRequest, reply: FastifyReply, routes: RouteTable): boolean {
  if (!request.is404) return false;
  const path = pathOf(request);
  const methods = routes.methodsOf(path);
  if (methods.length === 0) {
    throw problemOf('not-found', { detail: `No route leads to ${path}. GET /openapi.json lists them all.` });
  }
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (request.method === 'OPTIONS') {
    void reply.status(204).header('allow', allow).send();
    return true;
  }
  throw problemOf('method-not-allowed', {
    detail: `${path} takes ${methods.join(', ')}, not ${request.method}.`,
    headers: { allow },
  });
}

/** The path of a request, without its query. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}
