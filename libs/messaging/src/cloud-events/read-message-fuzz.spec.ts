import { seeded } from '#testing';
import fc from 'fast-check';
import type { Delivery } from '../batch.js';
import { readMessage } from './read-message.js';

const CASES = 2_500;
const { seed } = seeded();

const name = fc.oneof(
  fc.constantFrom(
    'ce_id',
    'ce_type',
    'ce_source',
    'ce_time',
    'cloudEvents:id',
    'ce-specversion',
    'cloudEvents_expirytime',
  ),
  fc.constantFrom('content-type', '__proto__', 'constructor', 'ce_datacontenttype', 'ce_partitionkey', 'x-death'),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const text = fc.oneof(
  fc.constantFrom(
    'orders.place.v1',
    'application/json',
    'application/cloudevents+json',
    '2026-11-22T09:30:00Z',
    '1.0',
    '\ud800',
    '\0',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const value = fc.oneof(
  text,
  fc.anything(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.date(),
);
const optionalText = fc.option(text, { nil: undefined });

const message = fc.record({
  body: fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json().map((json) => Buffer.from(json)),
  ),
  headers: fc.dictionary(name, value, { maxKeys: 8 }),
  native: fc.record({
    id: optionalText,
    type: optionalText,
    timeMs: fc.option(fc.oneof(fc.double(), fc.integer()), { nil: undefined }),
    contentType: optionalText,
    contentEncoding: fc.option(fc.constantFrom('utf-8', 'gzip', ''), { nil: undefined }),
    correlationId: optionalText,
    groupId: optionalText,
    sender: optionalText,
  }),
  lane: fc.nat(64),
  receivedMs: fc.nat(),
  bodyBytesMax: fc.constantFrom(100, 1_000_000),
});

test(`${CASES} generated messages are each read as a command or kept with the reason why not`, () => {
  let decoded = 0;
  fc.assert(
    fc.property(message, (received) => {
      const delivery = readMessage(received);
      if (delivery.kind === 'decoded') decoded++;
      expect(faultOf(delivery, received.body)).toBeUndefined();
    }),
    { numRuns: CASES, seed },
  );
  expect(decoded).toBeGreaterThan(0);
});

function faultOf(delivery: Delivery, body: Uint8Array): string | undefined {
  if (delivery.kind === 'undecoded') {
    if (delivery.reason === '') return 'It is undecoded without a reason.';
    if (!Buffer.from(delivery.body).equals(body)) return 'Its bytes are not kept.';
    return Object.values(delivery.headers).every(isText) ? undefined : 'A header is no text.';
  }
  const { id, type, source, partitionKey, timeMs, attributes } = delivery.envelope;
  if (![id, type, source, partitionKey, ...Object.values(attributes)].every(isText)) return 'A field is no text.';
  if (id === '' || type === '' || source === '') return 'A field is empty.';
  return Number.isFinite(timeMs) ? undefined : 'Its time is no number.';
}

const isText = (value: unknown): boolean => typeof value === 'string';
