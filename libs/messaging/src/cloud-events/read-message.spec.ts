import fc from 'fast-check';
import type { Delivery, Undecoded } from '../batch.js';
import type { Envelope } from '../envelope.js';
import { writeAttributes, type AttributePrefix } from './attributes.js';
import { readMessage, type NativeProperties, type ReceivedMessage } from './read-message.js';

const PREFIXES: readonly AttributePrefix[] = ['cloudEvents:', 'cloudEvents_', 'ce_', 'ce-'];
const RECEIVED_MS = Date.UTC(2026, 10, 22);
const JSON_BODY = Buffer.from('{"n":1}');
const BODY_BYTES_MAX = 1024 ** 2;
/** Parsed by Node, but too deep for a function that calls itself. */
const DEPTH = 100_000;

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const filledText = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const attributeName = fc
  .oneof(
    fc.string({
      unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'.split('')),
      minLength: 1,
      maxLength: 20,
    }),
    fc.constantFrom('constructor', 'traceparent', 'tracestate', 'correlationid', 'expirytime', 'data', 'ce'),
  )
  .filter((name) => !['specversion', 'id', 'source', 'type', 'time', 'partitionkey', 'datacontenttype'].includes(name));
const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({
  id: filledText,
  type: filledText,
  source: filledText,
  partitionKey: text,
  lane: fc.nat(1_023),
  timeMs: fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }),
  attributes: fc.dictionary(attributeName, text, { noNullPrototype: true }),
  body: fc.uint8Array({ maxLength: 64 }),
});

function received(message: Partial<ReceivedMessage>): Delivery {
  const rest = { headers: {}, native: {}, lane: 2, receivedMs: RECEIVED_MS, bodyBytesMax: BODY_BYTES_MAX };
  return readMessage({ body: JSON_BODY, ...rest, ...message });
}

function envelopeOf(message: Partial<ReceivedMessage>): Envelope {
  const delivery = received(message);
  if (delivery.kind === 'undecoded') throw new Error(`It is undecoded: ${delivery.reason}`);
  return delivery.envelope;
}

function undecodedOf(message: Partial<ReceivedMessage>): Undecoded {
  const delivery = received(message);
  if (delivery.kind === 'decoded') throw new Error(`It decoded to ${JSON.stringify(delivery.envelope)}`);
  return delivery;
}

const NATIVE: NativeProperties = { id: '17', type: 'orders.place.v1', contentType: 'application/json' };

function structured(event: Record<string, unknown>): Partial<ReceivedMessage> {
  const body = Buffer.from(JSON.stringify({ specversion: '1.0', id: '17', type: 'orders.place.v1', ...event }));
  return { body, native: { contentType: 'application/cloudevents+json; charset=utf-8' } };
}

describe('What writeAttributes wrote', () => {
  test.each(PREFIXES)('comes back the same under %s, whatever the envelope', (prefix) => {
    fc.assert(
      fc.property(anyEnvelope, (envelope) => {
        const headers = writeAttributes(envelope, prefix);
        expect(envelopeOf({ headers, body: envelope.body, lane: envelope.lane })).toEqual(envelope);
      }),
    );
  });

  test.each(PREFIXES)('comes back the same under %s in any case of its letters', (prefix) => {
    fc.assert(
      fc.property(anyEnvelope, fc.infiniteStream(fc.boolean()), (envelope, upper) => {
        const flipped = (name: string) =>
          name
            .split('')
            .map((letter) => (upper.next().value ? letter.toUpperCase() : letter.toLowerCase()))
            .join('');
        const entries = Object.entries(writeAttributes(envelope, prefix));
        const headers = Object.fromEntries(entries.map(([name, value]) => [flipped(name), value]));
        expect(envelopeOf({ headers, body: envelope.body, lane: envelope.lane })).toEqual(envelope);
      }),
    );
  });

  test('is printable ASCII without spaces under ce-', () => {
    fc.assert(
      fc.property(anyEnvelope, (envelope) => {
        for (const value of Object.values(writeAttributes(envelope, 'ce-'))) expect(value).toMatch(/^[\x21-\x7e]*$/);
      }),
    );
  });

  test('keeps its own fields from extension attributes of their names', () => {
    const attributes = { id: 'forged', datacontenttype: 'text/plain', tenant: 'a' };
    const envelope = { ...envelopeOf({ native: NATIVE }), attributes };
    expect(writeAttributes(envelope, 'ce_')).toEqual({
      ce_specversion: '1.0',
      ce_id: '17',
      ce_source: 'urn:sluice:foreign',
      ce_type: 'orders.place.v1',
      ce_time: '2026-11-22T00:00:00.000Z',
      ce_tenant: 'a',
    });
  });
});

describe('A message with native properties alone', () => {
  test('needs an id, a type and a JSON body', () => {
    expect(envelopeOf({ native: NATIVE })).toEqual({
      id: '17',
      type: 'orders.place.v1',
      source: 'urn:sluice:foreign',
      partitionKey: '',
      lane: 2,
      timeMs: RECEIVED_MS,
      attributes: {},
      body: JSON_BODY,
    });
  });

  test('gives all that it says', () => {
    const native = { ...NATIVE, timeMs: 5_000, correlationId: 'request-1', groupId: 'order:7', sender: 'shop floor' };
    expect(envelopeOf({ native, headers: { TraceParent: '00-ab-cd-01', 'x-other': 1 } })).toMatchObject({
      timeMs: 5_000,
      source: 'urn:sluice:foreign:shop%20floor',
      partitionKey: 'order:7',
      attributes: { correlationid: 'request-1', traceparent: '00-ab-cd-01' },
    });
  });

  test('gives way to what its attributes say', () => {
    const native = { ...NATIVE, timeMs: 5_000, correlationId: 'native', groupId: 'native', sender: 'native' };
    const said = { id: '18', type: 'orders.cancel.v1', source: 'shop', time: '2026-01-01T00:00:00Z' };
    const others = { partitionkey: 'order:1', correlationid: 'said', traceparent: 'said' };
    const entries = Object.entries({ ...said, ...others }).map(([name, value]) => [`cloudEvents_${name}`, value]);
    expect(envelopeOf({ native, headers: { ...Object.fromEntries(entries), traceparent: 'plain' } })).toMatchObject({
      id: '18',
      type: 'orders.cancel.v1',
      source: 'shop',
      timeMs: Date.UTC(2026, 0, 1),
      partitionKey: 'order:1',
      attributes: { correlationid: 'said', traceparent: 'said' },
    });
  });

  test.each([Number.NaN, -1, Number.MAX_SAFE_INTEGER])('counts from its arrival when its timestamp is %s', (timeMs) => {
    expect(envelopeOf({ native: { ...NATIVE, timeMs } }).timeMs).toBe(RECEIVED_MS);
  });

  test.each([
    undefined,
    '',
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/vnd.shop+json',
    'text/json',
    'application/cloudevents',
  ])('has a JSON body by the content type %s', (contentType) => {
    expect(envelopeOf({ native: { ...NATIVE, contentType } }).body).toEqual(JSON_BODY);
  });

  test.each([undefined, '', 'UTF-8', 'utf8', 'identity'])('has a plain body by the content encoding %s', (encoding) => {
    expect(envelopeOf({ native: { ...NATIVE, contentEncoding: encoding } }).body).toEqual(JSON_BODY);
  });

  test('may have its content type and values of any kind as headers', () => {
    const headers = { 'Content-Type': Buffer.from('application/json'), ce_id: 17, ce_type: Buffer.from('a.b.v1') };
    expect(envelopeOf({ headers })).toMatchObject({ id: '17', type: 'a.b.v1', attributes: {} });
  });
});

describe('A time in RFC 3339', () => {
  test.each([
    ['2026-11-22T10:00:00Z', Date.UTC(2026, 10, 22, 10)],
    ['2026-11-22t10:00:00.123456789z', Date.UTC(2026, 10, 22, 10, 0, 0, 123)],
    ['2026-11-22T10:00:00+02:00', Date.UTC(2026, 10, 22, 8)],
    ['1969-12-31T23:59:59-00:00', -1_000],
  ])('%s is %d', (time, timeMs) => {
    expect(envelopeOf({ native: NATIVE, headers: { 'ce-time': time } }).timeMs).toBe(timeMs);
  });
});

describe('A structured event', () => {
  test('gives its data as the body, and its attributes', () => {
    const event = { source: 'shop', time: '2026-01-01T00:00:00Z', partitionkey: 'order:1', tenant: 'a', retries: 3 };
    expect(envelopeOf(structured({ ...event, subject: null, data: { größe: [1, null] } }))).toEqual({
      id: '17',
      type: 'orders.place.v1',
      source: 'shop',
      partitionKey: 'order:1',
      lane: 2,
      timeMs: Date.UTC(2026, 0, 1),
      attributes: { tenant: 'a', retries: '3' },
      body: Buffer.from('{"größe":[1,null]}'),
    });
  });

  test('gives its data_base64 decoded', () => {
    const event = structured({ data_base64: Buffer.from('{"n":2}').toString('base64') });
    expect(Buffer.from(envelopeOf(event).body).toString()).toBe('{"n":2}');
  });

  test('without data has an empty body', () => {
    expect(envelopeOf(structured({})).body).toHaveLength(0);
  });
});

function deepEvent(name: string): Buffer {
  const deep = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`;
  return Buffer.from(`{"specversion":"1.0","id":"17","type":"a.b.v1","${name}":${deep}}`);
}

describe('What cannot be read', () => {
  test.each<[string, Partial<ReceivedMessage>, RegExp]>([
    ['without an id', { native: { type: 'a.b.v1' } }, /no id/],
    ['with an empty id', { native: { type: 'a.b.v1' }, headers: { ce_id: '' } }, /no id/],
    ['without a type', { native: { id: '1' } }, /no type/],
    ['of plain text', { native: { ...NATIVE, contentType: 'text/plain' } }, /content type is 'text\/plain'/],
    ['of events in a batch', { native: { ...NATIVE, contentType: 'application/cloudevents-batch+json' } }, /batch/],
    ['that is compressed', { native: { ...NATIVE, contentEncoding: 'gzip' } }, /content encoding is 'gzip'/],
    ['of a later CloudEvents', { native: NATIVE, headers: { ce_specversion: '2.0' } }, /version 2.0/],
    ['with a time of its own kind', { native: NATIVE, headers: { ce_time: 'yesterday' } }, /'yesterday'/],
    ['with a time of no zone', { native: NATIVE, headers: { ce_time: '2026-11-22T10:00:00.0' } }, /RFC 3339/],
    [
      'of an event whose data is XML',
      structured({ datacontenttype: 'application/xml', data: '<a/>' }),
      /'application\/xml'/,
    ],
    ['of a torn event', { ...structured({}), body: Buffer.from('{"id":"1"') }, /no JSON object/],
    ['of an event in Latin-1', { ...structured({}), body: Buffer.from([0x22, 0xe4, 0x22]) }, /no JSON object/],
    ['of an event that is a list', { ...structured({}), body: Buffer.from('[]') }, /no JSON object/],
    ['of an event with data twice', structured({ data: 1, data_base64: 'MQ==' }), /both/],
    ['of an event with broken base64', structured({ data_base64: '*' }), /not base64/],
    ['of an event nested without end', { ...structured({}), body: deepEvent('data') }, /data is nested too deep/],
    [
      'with a time past the year 9999',
      { native: NATIVE, headers: { ce_time: '9999-12-31T23:59:59-00:01' } },
      /RFC 3339/,
    ],
    [
      'with a time before the year 0',
      { native: NATIVE, headers: { ce_time: '0000-01-01T00:00:00+00:01' } },
      /RFC 3339/,
    ],
    ['with a long name of an attribute', { native: NATIVE, headers: { [`ce_${'n'.repeat(201)}`]: 'x' } }, /'n{40}…'/],
    [
      'with a long attribute',
      { native: NATIVE, headers: { ce_note: 'ü'.repeat(30_000) } },
      /too large: .* 6\d{4} bytes/,
    ],
    ['with a long id', { native: { ...NATIVE, id: 'x'.repeat(60_000) } }, /too large/],
    ['with a long body', { native: NATIVE, body: Buffer.alloc(BODY_BYTES_MAX + 1, ' ') }, /of 1048577 bytes is larger/],
  ])('a message %s is handed over whole, with the reason', (_what, message, reason) => {
    const delivery = undecodedOf(message);
    expect(delivery.reason).toMatch(reason);
    expect(delivery.body).toBe(message.body ?? JSON_BODY);
  });

  test('keeps every header as text, and what the message said natively', () => {
    const native = { id: '17', timeMs: 5, contentType: 'image/png', sender: 'camera' };
    const headers = {
      count: 3n,
      at: new Date(0),
      bytes: Buffer.from('é'),
      deep: { list: [1, 'a', 2n] },
      none: null,
      ce_id: '18',
    };
    expect(undecodedOf({ native, headers }).headers).toEqual({
      'message-id': '17',
      timestamp: '5',
      'content-type': 'image/png',
      sender: 'camera',
      count: '3',
      at: '1970-01-01T00:00:00.000Z',
      bytes: 'é',
      deep: '{"list":[1,"a","2"]}',
      none: '',
      ce_id: '18',
    });
  });

  test('has a word in place of what is nested too deep to be kept as text', () => {
    expect(envelopeOf({ ...structured({}), body: deepEvent('tenant') }).attributes).toEqual({
      tenant: '(nested too deep)',
    });
    const deep: unknown = JSON.parse(`${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`);
    expect(undecodedOf({ headers: { deep } }).headers).toEqual({ deep: '(nested too deep)' });
  });

  test('never throws, whatever arrives', () => {
    const headerName = fc.oneof(
      text,
      attributeName.map((name) => `ce-${name}`),
    );
    const headers = fc.dictionary(headerName, fc.anything({ withDate: true, withBigInt: true, withTypedArray: true }));
    const optional = fc.option(text, { nil: undefined });
    const native = fc.record({
      id: optional,
      type: optional,
      contentType: fc.option(fc.constantFrom('application/cloudevents+json', 'application/json', 'x', ';')),
      timeMs: fc.option(fc.double(), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        headers,
        native,
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((json) => Buffer.from(json)),
        ),
        (...all) => {
          const [some, { contentType, ...others }, body] = all;
          const delivery = received({
            headers: some,
            native: { ...others, contentType: contentType ?? undefined },
            body,
          });
          const told =
            delivery.kind === 'undecoded' ? delivery.reason : writeAttributes(delivery.envelope, 'ce_')['ce_id'];
          expect(told).toBeTruthy();
        },
      ),
    );
  });
});
