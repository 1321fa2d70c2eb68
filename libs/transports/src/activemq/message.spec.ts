import rhea, { type Message } from 'rhea';
import type { Delivery, Envelope } from '#messaging';
import { guardDecoding, Unreadable } from './decoding.js';
import { deliveryOf, messageOf } from './message.js';

guardDecoding();

const JSON_BODY = Buffer.from('{"größe":1}');
const FOREIGN = { message_id: '17', subject: 'orders.place.v1', content_type: 'application/json' };

/** As it goes through the network. */
function decoded(bytes: Buffer): Message {
  return rhea.message.decode(bytes) as unknown as Message;
}

function received(message: Omit<Message, 'body'> & { body?: unknown }): Delivery {
  return deliveryOf(decoded(rhea.message.encode({ body: undefined, ...message } as Message)), 3);
}

function envelopeOf(message: Omit<Message, 'body'> & { body?: unknown }): Envelope {
  const delivery = received(message);
  if (delivery.kind === 'undecoded') throw new Error(delivery.reason);
  return delivery.envelope;
}

function bodyOf(body: unknown): string {
  return Buffer.from(envelopeOf({ ...FOREIGN, body }).body).toString();
}

describe('A message of AMQP 1.0', () => {
  test('gives an envelope back unchanged, and says it to programs that read no attributes', () => {
    const envelope: Envelope = {
      id: 'foreign/Grüße 🚀/1',
      type: 'a.b.v1',
      source: 'urn:elsewhere',
      partitionKey: 'order:世界',
      lane: 3,
      timeMs: -1_000,
      attributes: { tenant: ' both sides ' },
      body: Uint8Array.from({ length: 256 }, (_, byte) => byte),
    };
    const message = decoded(rhea.message.encode(messageOf(envelope)));
    expect(message).toMatchObject({ durable: true, message_id: envelope.id, subject: 'a.b.v1' });
    expect(Object.values(message.application_properties ?? {}).every((value) => typeof value === 'string')).toBe(true);
    const delivery = deliveryOf(message, 3);
    expect(delivery).toEqual({ kind: 'decoded', envelope: { ...envelope, body: Buffer.from(envelope.body) } });
  });

  test('is a command by its id, subject and body, and gives time, group, correlation and user', () => {
    const creation_time = new Date(5);
    const others = { creation_time, group_id: 'order:1', correlation_id: 'receipt-1', user_id: 'till 7' };
    const body = rhea.message.data_section(JSON_BODY);
    expect(envelopeOf({ ...FOREIGN, ...others, body })).toMatchObject({
      id: '17',
      type: 'orders.place.v1',
      source: 'urn:sluice:foreign:till%207',
      partitionKey: 'order:1',
      timeMs: 5,
      attributes: { correlationid: 'receipt-1' },
    });
  });

  test.each<[string, unknown, string]>([
    ['one section of data', rhea.message.data_section(JSON_BODY), '{"größe":1}'],
    [
      'several sections of data',
      rhea.message.data_sections(['{"a"', ':1}'].map((part) => Buffer.from(part))),
      '{"a":1}',
    ],
    ['text, as a JMS TextMessage has it', '{"a":1}', '{"a":1}'],
    ['bytes as a value', Buffer.from('{}'), '{}'],
    ['a map, as a JMS MapMessage has it', { a: 1, b: 'x' }, '{"a":1,"b":"x"}'],
    ['a list', [1, 'x'], '[1,"x"]'],
    ['nothing', null, ''],
  ])('is read where its body is %s', (_what, body, expected) => {
    expect(bodyOf(body)).toBe(expected);
  });

  test.each<[string, unknown, string]>([
    ['a number', 7, '7'],
    ['a UUID', Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex'), '0af76519-16cd-43dd-8448-eb211c80319c'],
  ])('has an id that is %s', (_what, message_id, id) => {
    expect(envelopeOf({ ...FOREIGN, message_id: message_id as string, body: '{}' }).id).toBe(id);
  });

  test('stays the same when Classic delivers the first of a group', () => {
    const delivery = received({ application_properties: { JMSXGroupFirstForConsumer: true, other: 1 }, body: '{}' });
    expect(delivery).toMatchObject({ kind: 'undecoded', headers: { other: '1' } });
    expect(delivery).not.toHaveProperty('headers.JMSXGroupFirstForConsumer');
  });

  test.each<[string, Buffer]>([
    ['unknown types', Buffer.from([0x00, 0x53, 0x77, 0x39])],
    ['a torn section', Buffer.from([0x00, 0x53, 0x75, 0xb0, 0x00])],
    ['lists in each other without end', nested(20_000)],
    ['an array that claims more items than there is memory', bomb()],
  ])('that has %s is undecoded, whole, and throws nothing', (_what, bytes) => {
    const message = decoded(bytes);
    expect(message).toBeInstanceOf(Unreadable);
    expect(deliveryOf(message, 0)).toMatchObject({
      kind: 'undecoded',
      body: bytes,
      reason: expect.stringMatching(/^It is no message of AMQP 1.0/),
    });
  });
});

/** A value of lists, each the only item of the one before. */
function nested(depth: number): Buffer {
  const list = Buffer.from([0xd0, 0, 0, 0, 4, 0, 0, 0, 1]);
  return Buffer.concat([
    Buffer.from([0x00, 0x53, 0x77]),
    ...Array.from({ length: depth }, () => list),
    Buffer.from([0x45]),
  ]);
}

/** A value of two thousand million nulls in an array, which takes no byte for each. */
function bomb(): Buffer {
  const array = [0xf0, 0, 0, 0, 5, 0x7f, 0xff, 0xff, 0xff, 0x40];
  return Buffer.from([0x00, 0x53, 0x77, ...array]);
}
