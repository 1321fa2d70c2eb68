import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GatewaySettings } from '../settings.js';
import { answerClientError } from './client-error.js';
import { hostRule } from './host-rule.js';
import { parseJsonBody } from './json-body.js';
import { assertReadableBody, JSON_MEDIA_TYPE } from './media-type.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { RouteTable } from './route-table.js';
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
      requestTimeout: settings.REQUEST_TIMEOUT_MS,
      keepAliveTimeout: settings.KEEP_ALIVE_MS,
      connectionTimeout: settings.IDLE_TIMEOUT_MS,
      forceCloseConnections: 'idle',
      trustProxy: false,
      clientErrorHandler: answerClientError,
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
    const assertKnownHost = hostRule(settings);
    instance.addHook('onRequest', (request, reply, done) => {
      reply.raw.setHeader(REQUEST_ID_HEADER, request.id);
      reply.raw.setHeader('cache-control', 'no-store');
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

function readJson(request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
  try {
    assertReadableBody(request.headers);
    done(null, parseJsonBody(body));
  } catch (error) {
    done(error as Error);
  }
}
