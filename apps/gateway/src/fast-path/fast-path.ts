import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { parseJsonBody } from '../http/json-body.js';
import type { Principal } from '../http/principal.js';
import { REQUEST_ID_HEADER, requestIdOf } from '../http/request-id.js';
import { Answer } from '../submission/answer.js';
import { submissionOf } from '../submission/submission.js';
import type { FastRoute } from './fast-routes.js';

/** What the fast path does in place of the shell around the routes. */
export interface FastPathParts {
  readonly routes: readonly FastRoute[];
  /** Of every answer, names and values in turn. */
  readonly fixedHeaders: readonly string[];
  readonly isOrdinary: (headers: IncomingMessage['headers']) => boolean;
  readonly identify: (request: IncomingMessage) => Principal;
  /** What the shell does with a value that its schema does not take at once: throws a problem, or gives the payload. */
  readonly validate: (value: unknown, route: FastRoute) => Promise<unknown>;
  /** The way through Fastify and Nest. */
  readonly longWay: RequestListener;
  /** Answers a request whose body was read with what went wrong. */
  readonly fail: (request: IncomingMessage, response: ServerResponse, fault: unknown) => void;
}

/**
 * Serves ordinary submissions straight from the HTTP server, with the same parser, schema, controller and headers as on the
 * long way through Fastify and Nest, whose machinery takes more CPU than all that it runs. It knows only success: what is
 * particular about a request sends it the long way unread, and what fails later is told by the long way, so that problems
 * have one place.
 */
export class FastPath {
  readonly #routes: ReadonlyMap<string, FastRoute>;
  readonly #parts: FastPathParts;
  #open = true;

  constructor(parts: FastPathParts) {
    this.#routes = new Map(parts.routes.map((route) => [route.path, route]));
    this.#parts = parts;
  }

  /** Listens to the server's requests in place of the long way. */
  readonly serve: RequestListener = (request, response) => {
    const route = this.#open && request.method === 'POST' ? this.#routes.get(request.url ?? '') : undefined;
    if (route && this.#parts.isOrdinary(request.headers)) this.#read(route, request, response);
    else this.#parts.longWay(request, response);
  };

  /** From now on everything goes the long way, which knows how a server stops. */
  close(): void {
    this.#open = false;
  }

  /** A client that leaves in the middle of its body gets no answer; the server ends one that is too slow. */
  #read(route: FastRoute, request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void this.#answer(route, request, response, chunks));
  }

  async #answer(route: FastRoute, request: IncomingMessage, response: ServerResponse, chunks: Buffer[]): Promise<void> {
    try {
      const value = parseJsonBody(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
      const checked = route.schema['~standard'].validate(value);
      const isClear = !(checked instanceof Promise) && !checked.issues;
      const payload = isClear ? checked.value : await this.#parts.validate(value, route);
      const { subject } = this.#parts.identify(request);
      const submission = submissionOf(request.headers, subject, response, route.acceptance);
      this.#send(request, response, answerOf(await route.call(payload, submission), route));
    } catch (fault) {
      this.#parts.fail(request, response, fault);
    }
  }

  #send(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Answer): void {
    const json = JSON.stringify(body);
    const bytes = Buffer.byteLength(json);
    const lines = [...this.#parts.fixedHeaders, REQUEST_ID_HEADER, requestIdOf(request)];
    for (const name in headers) lines.push(name, headers[name]!);
    lines.push('content-type', 'application/json; charset=utf-8', 'content-length', String(bytes));
    response.writeHead(status, lines);
    // ASCII is the same in both, and goes to the socket without being encoded.
    response.end(json, bytes === json.length ? 'latin1' : 'utf8');
  }
}

function answerOf(result: unknown, { path, status }: FastRoute): Answer {
  if (result instanceof Answer) return result;
  if (typeof result === 'object' && result !== null && Object.getPrototypeOf(result) === Object.prototype) {
    return new Answer(status, result);
  }
  throw new TypeError(`The controller of ${path} answered neither with an Answer nor with a plain object.`);
}
