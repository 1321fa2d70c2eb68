import fc from 'fast-check';
import { anOrder, aReading } from '../product/json-client.js';

/** Bytes of a request, by what is wrong with it, or might be. */
export type Requests = fc.Arbitrary<Buffer>;

const JSON_TYPE = 'application/json';
const READ_PATHS = ['/orders', '/readings', '/dead-letters', '/operations', '/health/ready', '/problems', '/docs', '/'];
const PATHS = [...READ_PATHS, '/readings/batch', '/dead-letters/replay', '/openapi.json', '/metrics', '/console'];

const nasty = fc.constantFrom(
  '',
  ' ',
  '\0',
  '../../etc/passwd',
  '%00',
  '%',
  '%zz',
  '%c0%ae',
  '__proto__',
  'constructor',
  'NaN',
  '-1',
  '1e999',
  '9'.repeat(400),
  'null',
  '\u202e',
  '\ud800',
  `'; DROP TABLE orders; --`,
  '{{7*7}}',
  '<script>',
  'a'.repeat(5_000),
);
const text = fc.oneof(nasty, fc.string({ maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 40 }));
const uuid = fc.oneof(fc.uuid(), nasty, fc.stringMatching(/^[0-9a-fA-F-]{0,40}$/));

/** In a header nothing ends the line but the writer. */
const headerText = text.map((value) => value.replace(/[\r\n]/g, '?'));

interface Parts {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

function written({ method = 'GET', path, headers = {}, body }: Parts): Buffer {
  const content = Buffer.from(body ?? '');
  const length = body === undefined ? {} : { 'content-length': String(content.byteLength) };
  const lines = Object.entries({ host: '127.0.0.1', connection: 'close', ...length, ...headers });
  const head = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.concat([Buffer.from(head.join('\r\n')), content]);
}

const posted = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  written({ method: 'POST', path, body, headers: { 'content-type': JSON_TYPE, ...headers } });

const place = (headers: Record<string, string>) => posted('/orders', JSON.stringify(anOrder()), headers);

/** Any value in the place of some of what a good body has, and some more beside it. */
function spoilt(good: () => object): fc.Arbitrary<object> {
  const names = Object.keys(good());
  const name = fc.oneof(fc.constantFrom(...(names as [string])), text);
  return fc
    .array(fc.tuple(name, fc.oneof(text, fc.jsonValue({ maxDepth: 3 }))), { maxLength: 3 })
    .map((changes) => ({ ...good(), ...Object.fromEntries(changes) }));
}

const bodies: Requests = fc.oneof(
  spoilt(anOrder).map((order) => posted('/orders', JSON.stringify(order))),
  spoilt(aReading).map((reading) => posted('/readings', JSON.stringify(reading))),
  fc.array(spoilt(aReading), { maxLength: 5 }).map((readings) => posted('/readings/batch', JSON.stringify(readings))),
  fc.json({ maxDepth: 8 }).map((json) => posted('/orders', json)),
  fc.uint8Array({ maxLength: 400 }).map((bytes) => posted('/orders', Buffer.from(bytes))),
  fc.tuple(spoilt(anOrder), fc.nat(200)).map(([order, end]) => posted('/orders', JSON.stringify(order).slice(0, end))),
  fc.integer({ min: 1, max: 20_000 }).map((depth) => posted('/orders', `${'['.repeat(depth)}${']'.repeat(depth)}`)),
  spoilt(() => ({ reason: 'because' })).map((body) =>
    posted(`/orders/${crypto.randomUUID()}/cancellation`, JSON.stringify(body)),
  ),
);

const headers: Requests = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom('traceparent', 'tracestate', 'x-request-id', 'accept', 'host', 'origin', 'expect', 'te'),
          fc.constantFrom('transfer-encoding', 'content-length', 'content-encoding', 'upgrade', 'range', 'cookie'),
          fc.stringMatching(/^[A-Za-z0-9-]{1,30}$/),
        ),
        headerText,
      ),
      { minLength: 1, maxLength: 6 },
    ),
    fc.boolean(),
  )
  .map(([pairs, posts]) => {
    const given = Object.fromEntries(pairs);
    return posts ? place(given) : written({ path: '/orders', headers: given });
  });

const ids: Requests = fc
  .tuple(
    fc.constantFrom('/operations/ID', '/operations/ID/events', '/orders/ID', '/dead-letters/ID', '/problems/ID'),
    fc.oneof(uuid, fc.base64String({ maxLength: 80 }), fc.stringMatching(/^[A-Za-z0-9_-]{40,60}$/), text),
    fc.boolean(),
  )
  .map(([path, id, encodes]) => {
    const sent = encodes ? encodeURIComponent(id.toWellFormed()) : id.replace(/[\s]/g, '+');
    return written({ path: path.replace('ID', () => sent) });
  });

const cursors: Requests = fc
  .tuple(
    fc.constantFrom('/orders', '/readings', '/dead-letters'),
    fc.oneof(
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.base64String({ maxLength: 200 }),
      text,
    ),
  )
  .map(([path, cursor]) => written({ path: `${path}?cursor=${encodeURIComponent(cursor.toWellFormed())}` }));

const queries: Requests = fc
  .tuple(
    fc.constantFrom(...(READ_PATHS as [string])),
    fc.array(
      fc.tuple(
        fc.oneof(fc.constantFrom('limit', 'cursor', 'status', 'deviceId', 'metric', 'type', 'from', 'to', 'key'), text),
        fc.oneof(
          text,
          fc.double().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        ),
      ),
      { maxLength: 5 },
    ),
    fc.boolean(),
  )
  .map(([path, pairs, encodes]) => {
    const encode = (part: string) => (encodes ? encodeURIComponent(part.toWellFormed()) : part.replace(/\s/g, '+'));
    return written({ path: `${path}?${pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')}` });
  });

const idempotencyKeys: Requests = fc
  .tuple(headerText, fc.constantFrom('bare', 'quoted', 'parameters'))
  .map(([key, form]) => {
    const sent = { bare: key, quoted: `"${key}"`, parameters: `"${key}";a=1;b` }[form];
    return place({ 'idempotency-key': sent });
  });

const preferences: Requests = fc
  .tuple(
    fc.array(
      fc.oneof(fc.constantFrom('wait=0', 'wait=-1', 'wait=1e9', 'respond-async', 'wait="1"', 'wait'), headerText),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    fc.constantFrom(',', ', ', ';'),
  )
  .map(([parts, separator]) => place({ prefer: parts.join(separator) }));

const contentTypes: Requests = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(
        JSON_TYPE,
        `${JSON_TYPE}; charset=utf-16`,
        `${JSON_TYPE};;;`,
        'application/cloudevents+json',
        'text/*',
      ),
      headerText,
    ),
    fc.option(fc.constantFrom('gzip', 'br', 'identity', 'deflate, gzip', 'x')),
  )
  .map(([type, encoding]) => place({ 'content-type': type, ...(encoding && { 'content-encoding': encoding }) }));

const method = fc.oneof(
  fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'CONNECT', 'get', 'QUERY'),
  fc.stringMatching(/^[A-Z]{1,20}$/),
);
const routes: Requests = fc
  .tuple(method, fc.constantFrom(...(PATHS as [string])), fc.oneof(fc.constant(''), text))
  .map(([verb, path, rest]) => written({ method: verb, path: `${path}${rest.replace(/\s/g, '+')}` }));

/** What no HTTP client would write. */
const malformed: Requests = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.nat(200), fc.nat(120)).map(([at, byte]) => damaged(place({}), at, byte)),
  fc.nat(300).map((end) => place({}).subarray(0, Math.max(1, end))),
  fc.tuple(text, text).map(([first, second]) => Buffer.from(`${first} ${second}\r\n\r\n`)),
  fc.integer({ min: 0, max: 100_000 }).map((length) => place({ 'content-length': String(length) })),
  fc
    .constantFrom('chunked', 'gzip, chunked', 'chunked, identity', 'x')
    .map((coding) => place({ 'transfer-encoding': coding })),
  fc.string({ maxLength: 100 }).map((chunks) => chunked(chunks)),
  fc.integer({ min: 1, max: 400 }).map((count) =>
    written({
      path: '/orders',
      headers: Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, 'y'.repeat(50)])),
    }),
  ),
);

function damaged(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at % copy.byteLength] = byte;
  return copy;
}

function chunked(chunks: string): Buffer {
  const head = `POST /orders HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${JSON_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n`;
  return Buffer.from(`${head}${chunks}`);
}

/** Every edge of the HTTP face, by name. */
export const REQUESTS: Readonly<Record<string, Requests>> = {
  bodies,
  headers,
  'ids in paths': ids,
  cursors,
  'query strings': queries,
  'Idempotency-Key': idempotencyKeys,
  Prefer: preferences,
  'content types': contentTypes,
  'methods and paths': routes,
  'malformed requests': malformed,
};
