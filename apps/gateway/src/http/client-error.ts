import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { problemOf, type ProblemSlug } from './problem-catalogue.js';
import { PROBLEM_MEDIA_TYPE, problemDocument } from './problem.js';

interface ConnectionError extends Error {
  readonly code?: string;
}

/** Node's own mark of the answer that is under way on a socket. */
type ServerSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * Answers what never becomes a request: broken HTTP, headers past the bound, a client that is too slow. It cannot go
 * through the framework, so the bytes are written here, unless an answer to an earlier request has begun.
 */
export function answerClientError(error: ConnectionError, socket: ServerSocket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable && !socket._httpMessage?.headersSent) socket.write(messageFor(error));
  socket.destroySoon();
}

function messageFor(error: ConnectionError): string {
  const { details } = problemOf(slugFor(error.code), { detail: detailFor(error.code) });
  const body = JSON.stringify(problemDocument(details));
  return [
    `HTTP/1.1 ${details.status} ${STATUS_CODES[details.status]}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function slugFor(code: string | undefined): ProblemSlug {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request-timeout';
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers-too-large';
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 'body-too-large';
  return 'malformed-request';
}

function detailFor(code: string | undefined): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'The request did not arrive whole within the time for it.';
  return `The connection is closed, because the request cannot be read (${code ?? 'unknown'}).`;
}
