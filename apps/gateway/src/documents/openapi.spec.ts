import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { catalogue } from '#contracts';
import { RequestRouter } from '#messaging';
import { loadSettings } from '#settings';
import { MemoryBroker, MemoryTransport } from '#testing';
import { GatewayModule } from '../gateway.module.js';
import { configureGateway } from '../http/configure-gateway.js';
import { createGatewayAdapter } from '../http/gateway-adapter.js';
import { gatewaySettings } from '../settings.js';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  parameters?: { name: string; in: string; schema: Json; required?: boolean; example?: unknown }[];
  requestBody?: { content: Record<string, { schema: Json }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>;
}
interface Document {
  openapi: string;
  info: Json;
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

/** The parts of the page at /docs, which the document lists as one. */
const PAGE_PARTS = /^\/docs\/./;

describe('the OpenAPI document', () => {
  let app: NestFastifyApplication;
  let directory: string;
  let routes: string[];
  let url: string;
  let document: Document;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sluice-openapi-'));
    const env = { MIN_DURABILITY: 'memory', DATA_DIR: directory };
    const settings = loadSettings(gatewaySettings, { env, envFile: null }).values;
    const transport = new MemoryTransport(new MemoryBroker(settings.LANES));
    await transport.open();
    const adapter = createGatewayAdapter(settings);
    const root = GatewayModule.forRoot({ settings, transport, requests: new RequestRouter() });
    app = await NestFactory.create<NestFastifyApplication>(root, adapter, { logger: false });
    configureGateway(app, settings);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    routes = adapter.routeTable.routes.map(({ method, path }) => `${method} ${path}`);
    document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  });

  afterAll(async () => {
    await app.close();
    await rm(directory, { recursive: true, force: true });
  });

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    );

  /** A validator of a schema of the document, references and all. */
  function validatorOf(schema: Json): z.ZodType {
    const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
    return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as never);
  }

  it('lists every route that the server has, and no other', () => {
    const listed = operations().map(
      ({ path, method }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    const real = routes.filter((route) => {
      const [method, path] = route.split(' ') as [string, string];
      return method !== 'HEAD' && !PAGE_PARTS.test(path) && path !== '/docs/';
    });
    expect(listed.sort()).toEqual(real.sort());
  });

  it('is OpenAPI 3.1 with all that the standard requires of an operation', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Sluice', version: expect.any(String) } });
    const tags = document.tags.map(({ name }) => name);
    for (const { path, operation } of operations()) {
      expect(operation.summary).toBeTruthy();
      expect(tags).toEqual(expect.arrayContaining(operation.tags));
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => name).sort()).toEqual(named.sort());
      expect(inPath.every(({ required }) => required === true)).toBe(true);
      for (const response of Object.values(operation.responses)) expect(response.description).toBeTruthy();
    }
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('refers to no schema that it does not have', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target ?? '');
    expect(references.length).toBeGreaterThan(20);
    for (const target of references) {
      expect(document.components.schemas).toHaveProperty([target.replace('#/components/schemas/', '')]);
    }
  });

  it('describes every error as a problem document', () => {
    for (const { path, operation } of operations()) {
      const errors = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
      expect(errors.length).toBeGreaterThan(0);
      for (const [, { content }] of errors) {
        if (path === '/health/ready' && content?.['application/json']) continue;
        expect(content).toHaveProperty(['application/problem+json']);
      }
    }
  });

  it('has an example for every body, and each example validates against its schema', () => {
    const bodies = operations().filter(({ operation }) => operation.requestBody);
    expect(bodies.length).toBeGreaterThanOrEqual(7);
    expect(validatorOf({ $ref: '#/components/schemas/PlaceOrder' }).safeParse({ orderId: 'no' }).success).toBe(false);
    for (const { operation } of bodies) {
      const schema = operation.requestBody?.content['application/json']?.schema ?? {};
      const result = validatorOf(schema).safeParse(exampleOf(schema));
      expect([operation.operationId, result.error?.issues]).toEqual([operation.operationId, undefined]);
    }
    const examples = Object.entries(document.components.schemas).filter(([, schema]) => 'example' in schema);
    for (const [name, { example, ...schema }] of examples) {
      const result = validatorOf(schema).safeParse(example);
      expect([name, result.error?.issues]).toEqual([name, undefined]);
    }
  });

  /** The example that the page shows: the schema's own, or one made of its parts'. */
  function exampleOf(schema: Json): unknown {
    const { $ref, example, type, items, properties } = schema;
    if (typeof $ref === 'string') return exampleOf(document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {});
    if (example !== undefined) return example;
    if (type === 'array') return [exampleOf(items as Json)];
    if (type !== 'object') return undefined;
    return Object.fromEntries(Object.entries(properties as Json).map(([key, part]) => [key, exampleOf(part as Json)]));
  }

  it('has an example of each command that the command’s own contract takes', () => {
    const shown = [...catalogue.commands.values()].flatMap(({ type, payload }) => {
      const example = document.components.schemas[payload.meta()?.id ?? '']?.['example'];
      return example === undefined ? [] : [[type, payload.safeParse(example).success]];
    });
    // A cancellation's id comes from the path, so its body is not the contract's payload.
    expect(shown).toEqual([
      ['orders.place.v1', true],
      ['readings.record.v1', true],
    ]);
  });

  it('is what the page shows, with an order of its own at every load, from this server alone', async () => {
    const page = await (await fetch(`${url}/docs`)).text();
    expect(page).not.toMatch(/(src|href)=['"]https?:/);
    const assets = [...page.matchAll(/(?:src|href)=['"]\.\/([^'"]+)['"]/g)].map(([, path]) => path);
    expect(assets.length).toBeGreaterThan(3);
    for (const path of assets) expect((await fetch(`${url}/${path}`)).status).toBe(200);
    const load = async () =>
      /"orderId": "([0-9a-f-]{36})"/.exec(await (await fetch(`${url}/docs/swagger-ui-init.js`)).text())?.[1];
    const [first, second] = [await load(), await load()];
    expect(z.uuid().safeParse(first).success).toBe(true);
    expect(second).not.toBe(first);
  });
});
