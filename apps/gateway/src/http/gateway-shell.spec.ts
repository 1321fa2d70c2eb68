import { Body, Controller, Get, Module, Post, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { connect } from 'node:net';
import { z } from 'zod';
import { RequestRefused, RequestUnavailable } from '#messaging';
import { loadSettings } from '#settings';
import { gatewaySettings } from '../settings.js';
import { configureGateway } from './configure-gateway.js';
import { createGatewayAdapter } from './gateway-adapter.js';

const point = z.strictObject({ 'x/y': z.strictObject({ at: z.array(z.int()) }), name: z.string().max(3) });

@Controller('probe')
class ProbeController {
  @Post()
  take(@Body({ schema: point }) body: z.infer<typeof point>) {
    return body;
  }

  @Get()
  list(@Query({ schema: z.strictObject({ limit: z.coerce.number().int().max(9).optional() }) }) query: unknown) {
    return query;
  }

  @Get('failing')
  fail() {
    throw new Error('the password is hunter2');
  }

  @Get('away')
  away() {
    throw new RequestUnavailable('The database is away.');
  }

  @Get('refused')
  refuse() {
    throw new RequestRefused('/cursor', 'It is no cursor of this list.');
  }
}

@Module({ controllers: [ProbeController] })
class ProbeModule {}

interface ProblemBody {
  type: string;
  status: number;
  detail: string;
  errors: unknown[];
  [member: string]: unknown;
}

describe('the shell around the gateway', () => {
  const env = {
    HEADER_BYTES_MAX: '4096',
    BODY_BYTES_MAX: '2048',
    HEADERS_TIMEOUT_MS: '300',
    CLIENT_TIMEOUT_MS: '600',
  };
  const settings = loadSettings(gatewaySettings, { env, envFile: null }).values;
  let app: NestFastifyApplication;
  let url: string;
  let port: number;

  beforeAll(async () => {
    app = await NestFactory.create<NestFastifyApplication>(ProbeModule, createGatewayAdapter(settings), {
      logger: false,
    });
    configureGateway(app, settings);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    port = Number(new URL(url).port);
  });

  afterAll(() => app.close());

  afterEach(async () => {
    const { status } = await fetch(`${url}/probe`);
    if (status !== 200) throw new Error(`The gateway answers ${status} after this test.`);
  });

  async function send(path: string, init: RequestInit = {}) {
    const response = await fetch(url + path, init);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const body = (await response.json()) as ProblemBody;
    expect(body.status).toBe(response.status);
    expect(body.type).toMatch(/^\/problems\/[a-z-]+$/);
    return { response, body };
  }

  const post = (body: RequestInit['body'], headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    send('/probe', { method: 'POST', headers, body: body ?? null });

  /** Sends bytes as they are, and gives what comes back until the server closes. */
  async function sendRaw(...chunks: string[]): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text) => (answer += String(text)));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    for (const chunk of chunks) socket.write(chunk);
    await once(socket, 'close');
    return answer;
  }

  it('points to every fault of a body at once', async () => {
    const { body } = await post('{"x/y": {"at": [1, "2", 3.5]}, "name": "long", "more": 1}');
    expect(body.type).toBe('/problems/invalid-request');
    const pointers = body.errors.map((fault) => (fault as { pointer: string }).pointer);
    expect(pointers.sort()).toEqual(['/more', '/name', '/x~1y/at/1', '/x~1y/at/2']);
  });

  it('names the parameter of a fault in the query', async () => {
    const { body } = await send('/probe?limit=10&limt=1');
    expect(body.errors).toMatchObject([{ parameter: 'limit' }, { parameter: 'limt' }]);
  });

  it('says that a missing body is missing', async () => {
    expect((await post(null, {})).body.errors).toEqual([{ pointer: '', detail: 'It is missing.' }]);
  });

  it('refuses a body past BODY_BYTES_MAX with 413', async () => {
    const { response, body } = await post(JSON.stringify({ name: 'x'.repeat(3000) }));
    expect([response.status, body.detail]).toEqual([413, 'The body has more than the 2048 bytes that are taken.']);
  });

  it.each<Record<string, string>>([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  ])('refuses a body of %j with 415, and names the header', async (headers) => {
    const { response, body } = await post('{}', headers);
    expect(response.status).toBe(415);
    expect(body.errors).toMatchObject([{ header: expect.stringMatching(/^Content-/) }]);
  });

  it('answers a path that nothing has with 404, before it looks at the body', async () => {
    expect((await send('/nothing', { method: 'POST', body: '{' })).response.status).toBe(404);
  });

  it('answers a method that the path does not have with 405 and the ones that it has', async () => {
    const { response } = await send('/probe', { method: 'DELETE' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST, OPTIONS']);
  });

  it('answers OPTIONS with the methods, and HEAD as GET without its body', async () => {
    const options = await fetch(`${url}/probe`, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, POST, OPTIONS']);
    const head = await fetch(`${url}/probe`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('says nothing of its own fault but an id, which the log has too', async () => {
    const { response, body } = await send('/probe/failing');
    expect(response.status).toBe(500);
    expect(body['errorId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|\.ts|\.js|at /);
  });

  it('answers 503 with Retry-After while persistence cannot answer', async () => {
    const { response, body } = await send('/probe/away');
    expect([response.status, body.type]).toEqual([503, '/problems/database-unavailable']);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('answers what persistence refuses with 400, and names the parameter', async () => {
    expect((await send('/probe/refused')).body.errors).toMatchObject([{ parameter: 'cursor' }]);
  });

  it('answers broken percent-encoding with 400', async () => {
    expect((await send('/probe/%zz')).response.status).toBe(400);
  });

  it('echoes a usable X-Request-Id, and makes its own instead of another', async () => {
    const idOf = async (given: string) =>
      (await fetch(`${url}/nothing`, { headers: { 'x-request-id': given } })).headers.get('x-request-id');
    expect(await idOf('abc-1')).toBe('abc-1');
    expect(await idOf('has spaces')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses a browser that posts for another site', async () => {
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const { response, body } = await post('{}', { 'content-type': 'application/json', ...headers } as never);
      expect([response.status, body.type]).toEqual([403, '/problems/foreign-origin']);
    }
  });

  it('refuses a name that was made to resolve to loopback', async () => {
    const answer = await sendRaw('GET /probe HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(answer).toContain('/problems/unknown-host');
  });

  it('refuses HTTP/1.1 without a Host with a problem document', async () => {
    const answer = await sendRaw('GET /probe HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('/problems/invalid-request');
  });

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', '400', 'malformed-request'],
    ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n', '400', 'malformed-request'],
    [
      'two lengths',
      'POST /probe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      '400',
      'malformed-request',
    ],
    [
      'headers past the bound',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(9000)}\r\n\r\n`,
      '431',
      'headers-too-large',
    ],
    ['headers that never end', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: 1', '408', 'request-timeout'],
    [
      'a body that never comes',
      'POST /probe HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
      '408',
      'request-timeout',
    ],
  ])('answers %s with a problem document and closes', async (_, bytes, status, slug) => {
    const answer = await sendRaw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain(`/problems/${slug}`);
  });
});
