import { RecordReading } from '#contracts';
import { PublishError, RequestRouter } from '#messaging';
import { loadSettings } from '#settings';
import { MemoryBroker, MemoryTransport, within } from '#testing';
import {
  Body,
  Controller,
  Header,
  Module,
  Post,
  Query,
  UseGuards,
  type CanActivate,
  type MiddlewareConsumer,
} from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { connect } from 'node:net';
import { GatewayModule } from '../gateway.module.js';
import { configureGateway } from '../http/configure-gateway.js';
import { createGatewayAdapter } from '../http/gateway-adapter.js';
import { gatewaySettings } from '../settings.js';
import { Accepts } from '../submission/accepts.js';
import { Answer } from '../submission/answer.js';
import { Submission } from '../submission/submission.js';

const settings = loadSettings(gatewaySettings, {
  env: { MIN_DURABILITY: 'memory', OPERATION_SECRETS: 's'.repeat(32), BODY_BYTES_MAX: '200000' },
  envFile: null,
}).values;

/** The same to Fastify, and nothing that the fast path has ever seen. */
const LONG_WAY = 'application/json ;charset=UTF8';
const reading = { deviceId: 'boiler-7', metric: 'celsius', value: 71.5, observedAt: '2026-11-22T09:30:00Z' };

async function start(root: Parameters<typeof NestFactory.create>[0], change: (app: NestFastifyApplication) => void) {
  const app = await NestFactory.create<NestFastifyApplication>(root, createGatewayAdapter(settings), { logger: false });
  configureGateway(app, settings);
  change(app);
  const longWay = { count: 0 };
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  fastify.addHook('onRequest', async () => void longWay.count++);
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl(), longWay };
}

describe('the fast path', () => {
  const broker = new MemoryBroker(16);
  const transport = new MemoryTransport(broker);
  let gateway: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    await transport.open();
    const root = GatewayModule.forRoot({ settings, transport, requests: new RequestRouter() });
    gateway = await start(root, () => undefined);
  });

  afterAll(async () => {
    await gateway.app.close();
    await transport.close(1_000);
  });

  beforeEach(() => {
    broker.storeRefusal = undefined;
    gateway.longWay.count = 0;
  });

  async function post(path: string, body: string, headers: Record<string, string> = {}) {
    const all = { 'content-type': 'application/json', 'x-request-id': 'same', ...headers };
    const response = await fetch(gateway.url + path, { method: 'POST', headers: all, body });
    const text = await response.text();
    return { status: response.status, headers: Object.fromEntries(response.headers), text };
  }

  /** Without what no two answers share, and without the end of the connection, which Fastify asks for when a parser fails. */
  function comparable({ status, headers, text }: Awaited<ReturnType<typeof post>>) {
    const { date, connection: _, 'keep-alive': __, ...others } = headers;
    expect(date).toMatch(/GMT$/);
    const plain = (value: string) =>
      value
        .replaceAll(/\/operations\/[\w-]+/g, '/operations/ID')
        .replaceAll(/"id":"[\w-]{20,}"/g, '"id":"ID"')
        .replaceAll(/"acceptedAt":"[\dT:.Z-]+"/g, '"acceptedAt":"AT"');
    return { status, headers: JSON.parse(plain(JSON.stringify(others))) as unknown, text: plain(text) };
  }

  async function expectSameOnBothWays(path: string, body: string, headers: Record<string, string> = {}) {
    const fast = await post(path, body, headers);
    const long = await post(path, body, { ...headers, 'content-type': LONG_WAY });
    expect(comparable(fast)).toEqual(comparable(long));
    return fast.status;
  }

  it('serves submissions of every route that takes nothing but a body', async () => {
    const order = {
      orderId: '0b9f6a52-6c1e-4c55-9a43-1f0f0a6f8a01',
      customerId: 'c',
      currency: 'EUR',
      lines: [{ sku: 's', quantity: 1, unitPriceCents: 1 }],
    };
    for (const [path, body] of [
      ['/readings', reading],
      ['/readings/batch', [reading, reading]],
      ['/orders', order],
    ] as const) {
      expect([path, (await post(path, JSON.stringify(body))).status]).toEqual([path, 202]);
    }
    expect(gateway.longWay.count).toBe(0);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a content type in another spelling', { 'content-type': LONG_WAY }, '/readings'],
    ['a page of this gateway', { 'sec-fetch-site': 'same-origin' }, '/readings'],
    ['an origin', { origin: 'SELF' }, '/readings'],
    ['a query', {}, '/readings?x=1'],
    ['a path with parameters', {}, '/orders/0b9f6a52-6c1e-4c55-9a43-1f0f0a6f8a01/cancellation'],
    ['a content encoding', { 'content-encoding': 'identity' }, '/readings'],
  ])('leaves %s to the long way', async (_, headers, path) => {
    const { origin } = headers;
    await post(path, JSON.stringify(reading), origin === 'SELF' ? { origin: gateway.url } : headers);
    expect(gateway.longWay.count).toBe(1);
  });

  it('lets no page of another site in', async () => {
    expect((await post('/readings', JSON.stringify(reading), { origin: 'http://evil.example' })).status).toBe(403);
  });

  it('answers as the long way does, whatever the body is', async () => {
    const member = fc.oneof(fc.constant(reading.observedAt), fc.string(), fc.double(), fc.jsonValue());
    const nearly = fc
      .record({ deviceId: member, metric: member, value: member, observedAt: member }, { requiredKeys: [] })
      .map((parts) => JSON.stringify({ ...reading, ...parts }));
    const text = fc.oneof(nearly, fc.json(), fc.string({ minLength: 1 }));
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(text, async (body) => {
        statuses.add(await expectSameOnBothWays('/readings', body));
      }),
      { numRuns: 150, examples: [[JSON.stringify(reading)], ['{'], ['{"__proto__":1}'], ['"\\u0000"']] },
    );
    expect([...statuses].sort()).toEqual([202, 400]);
  });

  it.each<[string, Record<string, string>, number]>([
    ['a preference', { prefer: 'respond-async' }, 202],
    ['an Idempotency-Key', { 'idempotency-key': '"abc"' }, 202],
    ['a broken Idempotency-Key', { 'idempotency-key': '"a' }, 400],
    ['a trace', { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }, 202],
  ])('answers %s as the long way does', async (_, headers, status) => {
    expect(await expectSameOnBothWays('/readings', JSON.stringify(reading), headers)).toBe(status);
  });

  it('makes a request id of its own in place of an unusable one', async () => {
    const { headers } = await post('/readings', JSON.stringify(reading), { 'x-request-id': 'not usable' });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(['overloaded', 'unavailable', 'too-large'] as const)('answers a publish refused as %s alike', async (why) => {
    broker.storeRefusal = new PublishError('not-stored', why, 'The test wants it so.', { retryAfterMs: 3_000 });
    expect(await expectSameOnBothWays('/readings', JSON.stringify(reading))).toBe(why === 'too-large' ? 413 : 503);
  });

  it('tells nothing of a fault of its own but an id', async () => {
    broker.storeRefusal = new TypeError('hunter2') as PublishError;
    const { status, text } = await post('/readings', JSON.stringify(reading));
    expect([status, text.includes('hunter2'), text.includes('errorId')]).toEqual([500, false, true]);
  });

  it('takes a body that comes in pieces, and survives a client that leaves in the middle of one', async () => {
    const batch = JSON.stringify(Array.from({ length: 1_000 }, () => reading));
    expect((await post('/readings/batch', batch)).status).toBe(202);
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const head =
      'POST /readings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';
    socket.write(head);
    const server = gateway.app.getHttpServer() as import('node:http').Server;
    await within(once(server, 'request'), 'the request begins');
    socket.destroy();
    expect((await post('/readings', JSON.stringify(reading))).status).toBe(202);
    expect(gateway.longWay.count).toBe(0);
  });
});

class Denies implements CanActivate {
  canActivate() {
    return false;
  }
}

@Controller('probe')
class ProbeController {
  @Post('plain')
  @Accepts(RecordReading)
  plain(@Submission() _: Submission, @Body({ schema: RecordReading.payload }) body: RecordReading) {
    return new Answer(202, { device: body.deviceId });
  }

  @Post('guarded')
  @Accepts(RecordReading)
  @UseGuards(Denies)
  guarded(@Body({ schema: RecordReading.payload }) body: RecordReading, @Submission() { principal }: Submission) {
    return new Answer(202, { device: body.deviceId, principal });
  }

  @Post('headed')
  @Accepts(RecordReading)
  @Header('x-probe', 'yes')
  headed(@Body({ schema: RecordReading.payload }) body: RecordReading, @Submission() { principal }: Submission) {
    return new Answer(202, { device: body.deviceId, principal });
  }

  @Post('asking')
  @Accepts(RecordReading)
  asking(
    @Body({ schema: RecordReading.payload }) body: RecordReading,
    @Submission() { principal }: Submission,
    @Query() query: object,
  ) {
    return new Answer(202, { device: body.deviceId, principal, query });
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

@Module({ controllers: [ProbeController], providers: [{ provide: APP_GUARD, useClass: Denies }] })
class GuardedModule {}

@Module({ controllers: [ProbeController] })
class MiddlewareModule {
  configure(consumer: MiddlewareConsumer) {
    consumer.apply((_: unknown, __: unknown, next: () => void) => next()).forRoutes(ProbeController);
  }
}

describe('what somebody puts around a route', () => {
  const running: NestFastifyApplication[] = [];

  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });

  async function answer(
    path: string,
    root: object = ProbeModule,
    change: (app: NestFastifyApplication) => void = () => {},
  ) {
    const { app, url, longWay } = await start(root as never, change);
    running.push(app);
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(reading) };
    const response = await fetch(`${url}${path}`, init);
    return { app, response, longWay: longWay.count, url, init };
  }

  it('is nothing at first, in whatever order the method takes its parameters', async () => {
    const { response, longWay } = await answer('/probe/plain');
    expect([response.status, await response.json(), longWay]).toEqual([202, { device: 'boiler-7' }, 0]);
  });

  it.each<[string, string, number]>([
    ['a guard', '/probe/guarded', 403],
    ['a header', '/probe/headed', 202],
    ['one more parameter', '/probe/asking', 202],
  ])('is seen: %s on the method', async (_, path, status) => {
    const { response, longWay } = await answer(path);
    expect([response.status, longWay]).toEqual([status, 1]);
  });

  it.each<[string, number, object, (app: NestFastifyApplication) => void]>([
    ['a guard of the application', 403, ProbeModule, (app) => app.useGlobalGuards(new Denies())],
    ['a guard of a module', 403, GuardedModule, () => {}],
    ['an interceptor', 202, ProbeModule, (app) => app.useGlobalInterceptors({ intercept: (_, next) => next.handle() })],
    ['a pipe', 202, ProbeModule, (app) => app.useGlobalPipes({ transform: (value: unknown) => value })],
    ['a filter', 202, ProbeModule, (app) => app.useGlobalFilters({ catch: () => undefined })],
    ['a middleware', 202, MiddlewareModule, () => {}],
    [
      'a function before the routes',
      202,
      ProbeModule,
      (app) => app.use((_: unknown, __: unknown, next: () => void) => next()),
    ],
  ])('is seen: %s', async (_, status, root, change) => {
    const { response, longWay } = await answer('/probe/plain', root, change);
    expect([response.status, longWay]).toEqual([status, 1]);
  });

  it('is left to the long way while the application stops', async () => {
    const stopping = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    class Slow {
      async beforeApplicationShutdown() {
        stopping.resolve();
        await go.promise;
      }
    }
    @Module({ controllers: [ProbeController], providers: [Slow] })
    class SlowModule {}
    const { app, url, longWay } = await start(SlowModule, () => {});
    const closed = app.close();
    await within(stopping.promise, 'it begins to stop');
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(reading) };
    await fetch(`${url}/probe/plain`, init);
    go.resolve();
    await closed;
    expect(longWay.count).toBe(1);
  });
});
