import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { catalogue } from '#contracts';
import type { GatewaySettings } from '../settings.js';
import { createAsyncApi } from './asyncapi.js';
import { withFreshOrder } from './examples.js';
import { createOpenApi } from './openapi.js';

/** `/docs`, `/openapi.json` and `/asyncapi.json`, made when they are first asked for, so that the start does not wait. */
export function serveDocuments(app: NestFastifyApplication, { LANES }: Pick<GatewaySettings, 'LANES'>): void {
  const openApi = once<OpenAPIObject>(() => createOpenApi(app));
  const asyncApi = once(() => createAsyncApi(catalogue, LANES));
  const adapter = app.getHttpAdapter();
  adapter.get('/openapi.json', (_request: unknown, reply: FastifyReply) => reply.send(openApi()));
  adapter.get('/asyncapi.json', (_request: unknown, reply: FastifyReply) => reply.send(asyncApi()));
  SwaggerModule.setup('docs', app, openApi, {
    raw: false,
    customSiteTitle: 'Sluice: the API',
    patchDocumentOnRequest: (_request, _reply, document) => withFreshOrder(document),
    swaggerOptions: { displayRequestDuration: true, docExpansion: 'list', tryItOutEnabled: true },
  });
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
