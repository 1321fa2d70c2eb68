import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GatewaySettings } from '../settings.js';
import { answerClientError } from './client-error.js';
import { hostRule } from './host-rule.js';
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
      },
    });
    const instance = this.getInstance<FastifyInstance>();
    instance.server.maxConnections = settings.CONNECTIONS_MAX;
    instance.addHook('onRoute', ({ method, url }) => this.routeTable.add(method, url));
    // The first hook of all: what the later ones refuse carries these headers too.
    this.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      markAnswer(request, reply);
      done();
    });
    const assertKnownHost = hostRule(settings);
    instance.addHook('onRequest', (request, reply, done) => {
      try {
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
}

export function createGatewayAdapter(settings: GatewaySettings): GatewayAdapter {
  return new GatewayAdapter(settings);
}

function markAnswer(request: FastifyRequest, reply: FastifyReply): void {
  reply.raw.setHeader(REQUEST_ID_HEADER, request.id);
  reply.raw.setHeader('cache-control', 'no-store');
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
