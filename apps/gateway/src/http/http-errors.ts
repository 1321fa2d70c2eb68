import { HttpException } from '@nestjs/common';
import type { FastifyError, FastifyRequest } from 'fastify';
import { problemOf, type ProblemSlug } from './problem-catalogue.js';
import type { Problem } from './problem.js';

type Explain = (request: FastifyRequest) => Problem;

/** What Fastify refuses before a controller sees it. */
const BY_FASTIFY_CODE: Readonly<Record<string, Explain>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (request) =>
    problemOf('body-too-large', {
      detail: `The body has more than the ${request.routeOptions.bodyLimit} bytes that are taken.`,
      // What is left of the body is not read, so the connection cannot serve another request.
      headers: { Connection: 'close' },
    }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (request) => {
    const given = request.headers['content-type'];
    const fault = given === undefined ? 'It is missing.' : `'${given}' is not supported.`;
    return problemOf('unsupported-media-type', {
      detail: 'Bodies are JSON.',
      errors: [{ header: 'Content-Type', detail: `${fault} Send 'application/json'.` }],
      headers: { Accept: 'application/json' },
    });
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    problemOf('malformed-request', {
      detail: 'The body is longer or shorter than Content-Length says.',
      errors: [{ header: 'Content-Length', detail: 'It does not fit the body.' }],
      headers: { Connection: 'close' },
    }),
  FST_ERR_BAD_URL: () => problemOf('malformed-request', { detail: 'The percent-encoding of the URL is broken.' }),
  FST_ERR_MAX_PARAM_LENGTH: () => problemOf('uri-too-long', { detail: 'A part of the path is too long.' }),
};

/** What the framework answers without saying more than a status. */
const BY_STATUS: Readonly<Record<number, ProblemSlug>> = {
  400: 'malformed-request',
  403: 'foreign-origin',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  409: 'conflict',
  410: 'gone',
  413: 'body-too-large',
  414: 'uri-too-long',
  415: 'unsupported-media-type',
  503: 'unavailable',
};

/** The framework's sentences about these say less than the title. */
const NO_DETAIL: ReadonlySet<ProblemSlug> = new Set(['not-found', 'foreign-origin']);

/** The problem of an error that the framework made; undefined for one that it did not. */
export function problemOfHttp(thrown: unknown, request: FastifyRequest): Problem | undefined {
  const error = thrown instanceof HttpException ? (thrown.cause ?? thrown) : thrown;
  const explain = BY_FASTIFY_CODE[codeOf(error) ?? ''];
  if (explain) return explain(request);
  if (codeOf(error) === 'ECONNRESET') return problemOf('malformed-request', { detail: 'The client left.' });
  if (!(thrown instanceof HttpException)) return undefined;
  const slug = BY_STATUS[thrown.getStatus()];
  return slug && problemOf(slug, { ...(NO_DETAIL.has(slug) ? {} : { detail: thrown.message }) });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as FastifyError).code : undefined;
}
