import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewaySettings } from '../settings.js';
import { answerClientError } from './client-error.js';
import { assertHostGiven, hostRule } from './host-rule.js';
import { problemOfHttp } from './http-errors.js';
import { parseJsonBody } from './json-body.js';
import { assertReadableBody, JSON_MEDIA_TYPE } from './media-type.js';
import { problemOf } from './problem-catalogue.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { RouteTable } from './route-table.js';
import { sendProblem } from './send-problem.js';
import { answerUnrouted } from './unrouted.js';

/** No id that the gateway gives is longer. */
const PARAMETER_LENGTH_MAX = 512;

/** Node looks for slow clients this often, so its timeouts are late by as much. */
const CONNECTIONS_CHECK_MS = 1_000;

/** Nest's Fastify, with bounds on all that a client sends, and JSON as the only language of bodies. */
export class GatewayAdapter extends FastifyAdapter {
  readonly routeTable = new RouteTable();
  /** Whether anything runs before the routes that is none of the adapter's own. */
  hasMiddleware = false;
  /** Called when the application begins to stop. */
  onClosing: () => void = () => undefined;
  readonly #faults = new WeakMap<IncomingMessage, Error>();
  #securityHook: SecurityHook = () => undefined;

  constructor(settings: GatewaySettings) {
    super({
      bodyLimit: settings.BODY_BYTES_MAX,
      requestTimeout: settings.CLIENT_TIMEOUT_MS,
      keepAliveTimeout: settings.KEEP_ALIVE_MS,
      connectionTimeout: settings.IDLE_TIMEOUT_MS,
      forceCloseConnections: 'idle',
      trustProxy: false,
      clientErrorHandler: answerClientError,
      frameworkErrors: answerUnroutable,
      genReqId: requestIdOf,
      routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
      http: {
        maxHeaderSize: settings.HEADER_BYTES_MAX,
        headersTimeout: settings.HEADERS_TIMEOUT_MS,
        connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
        // Node's own refusal would be no problem document.
        requireHostHeader: false,
      },
    });
    const instance = this.getInstance<FastifyInstance>();
    const { server } = instance;
    server.maxConnections = settings.CONNECTIONS_MAX;
    // An expectation that nobody knows is passed over, as RFC 9110 allows; Node would answer 417 past all that is promised of answers.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    instance.addHook('onRoute', ({ method, url }) => this.routeTable.add(method, url));
    // The first hook of all: what the later ones refuse carries these headers too.
    this.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      markAnswer(request, reply);
      done();
    });
    const assertKnownHost = hostRule(settings);
    instance.addHook('onRequest', (request, reply, done) => {
      const fault = this.#faults.get(request.raw);
      if (fault) return done(fault);
      try {
        assertHostGiven(request.raw);
        assertKnownHost(request);
        if (!answerUnrouted(request, reply, this.routeTable)) done();
      } catch (error) {
        done(error as Error);
      }
    });
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser(JSON_MEDIA_TYPE, { parseAs: 'buffer' }, readJson);
  }

  /** The constructor has registered the only parser; Nest's own would take forms too. */
  override registerParserMiddleware(): void {}

  /** The request, whose body was read past Fastify, is answered with this when it comes to Fastify. */
  noteFault(request: IncomingMessage, fault: unknown): void {
    this.#faults.set(request, fault instanceof Error ? fault : new Error(String(fault), { cause: fault }));
  }

  /** The headers that every answer has, names and values in turn. */
  fixedHeaders(): string[] {
    const headers = new Map<string, string>();
    const response = {
      setHeader: (name: string, value: string) => headers.set(name, value),
      removeHeader: (name: string) => headers.delete(name),
    };
    this.#securityHook({ method: 'GET', headers: {} } as FastifyRequest, response as unknown as ServerResponse);
    return [...headers, [CACHE_CONTROL, NO_STORE]].flat();
  }

  override registerSecurityHook(hook: SecurityHook): void {
    this.#securityHook = hook;
    super.registerSecurityHook(hook);
  }

  override use(...args: Parameters<FastifyAdapter['use']>) {
    this.hasMiddleware = true;
    return super.use(...args);
  }

  override createMiddlewareFactory(...args: Parameters<FastifyAdapter['createMiddlewareFactory']>) {
    this.hasMiddleware = true;
    return super.createMiddlewareFactory(...args);
  }

  override beforeClose(): void {
    this.onClosing();
    super.beforeClose();
  }
}

type SecurityHook = Parameters<FastifyAdapter['registerSecurityHook']>[0];

const CACHE_CONTROL = 'cache-control';
const NO_STORE = 'no-store';

export function createGatewayAdapter(settings: GatewaySettings): GatewayAdapter {
  return new GatewayAdapter(settings);
}

function markAnswer(request: FastifyRequest, reply: FastifyReply): void {
  reply.raw.setHeader(REQUEST_ID_HEADER, request.id);
  reply.raw.setHeader(CACHE_CONTROL, NO_STORE);
}

/** A URL that the router cannot read runs no hook and reaches no filter. */
function answerUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  markAnswer(request, reply);
  sendProblem(problemOfHttp(error, request) ?? problemOf('internal-error'), request, reply);
}

function readJson(request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
  try {
    assertReadableBody(request.headers);
    done(null, parseJsonBody(body));
  } catch (error) {
    done(error as Error);
  }
}
