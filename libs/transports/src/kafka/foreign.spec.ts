import type { Decoded, Delivery, Undecoded } from '#messaging';
import { describeWithKafka, until } from '#testing';
import { DEADLINE_MS, OPTIONS } from '../broker-worker.fixture.js';
import { TestBroker } from './kafka.fixture.js';

const LANES = 2;
const SUITE_MS = 180_000;
const JSON_BODY = Buffer.from('{"größe":1}');

interface Sent {
  readonly key?: string;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  readonly partition?: number;
}

const NATIVE = { ce_id: '17', ce_type: 'orders.place.v1' };

await describeWithKafka('What a program without our code writes', () => {
  let broker: TestBroker;
  let arrived: Delivery[];

  beforeAll(async () => {
    broker = await TestBroker.create();
    const transport = await broker.open(LANES);
    await transport.consume(OPTIONS, async ({ deliveries }) => void arrived.push(...deliveries));
  }, SUITE_MS);

  beforeEach(() => (arrived = []));

  afterAll(() => broker.endTest());

  async function deliveryOf({ key, body = JSON_BODY, headers = {}, partition }: Sent): Promise<Delivery> {
    const texts = Object.entries(headers).map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
    await broker.send({
      topic: broker.commands,
      value: Buffer.from(body),
      headers: new Map(texts),
      ...(key !== undefined && { key: Buffer.from(key) }),
      ...(partition !== undefined && { partition }),
    });
    return until(() => arrived[0], 'it has arrived', DEADLINE_MS);
  }

  async function envelopeOf(sent: Sent): Promise<Decoded['envelope']> {
    const delivery = await deliveryOf(sent);
    if (delivery.kind === 'undecoded') throw new Error(`It is undecoded: ${delivery.reason}`);
    return delivery.envelope;
  }

  async function undecodedOf(sent: Sent): Promise<Undecoded> {
    const delivery = await deliveryOf(sent);
    if (delivery.kind === 'decoded') throw new Error(`It decoded to ${JSON.stringify(delivery.envelope)}`);
    return delivery;
  }

  test('is a command by its attributes and its JSON body, of the time at which it was stored', async () => {
    const sentMs = Date.now();
    const envelope = await envelopeOf({ headers: NATIVE });
    expect(envelope).toMatchObject({ id: '17', type: 'orders.place.v1', source: 'urn:sluice:foreign', attributes: {} });
    expect(Buffer.from(envelope.body)).toEqual(JSON_BODY);
    expect(envelope.timeMs).toBeGreaterThanOrEqual(sentMs - 1);
  });

  test('is of the key of its record, in whatever lane its sender put it', async () => {
    expect(await envelopeOf({ headers: NATIVE, key: 'order:größe', partition: 1 })).toMatchObject({
      partitionKey: 'order:größe',
      lane: 1,
    });
  });

  test('is of the key that its attributes name, where they name one', async () => {
    const headers = { ...NATIVE, ce_partitionkey: 'order:1' };
    expect(await envelopeOf({ headers, key: 'elsewhere' })).toMatchObject({ partitionKey: 'order:1' });
  });

  test.each(['ce_', 'CE_', 'ce-', 'cloudEvents:', 'cloudEvents_'])(
    'is a command by headers with %s',
    async (prefix) => {
      const attributes = { specversion: '1.0', id: '18', type: 'orders.cancel.v1', source: '/till/7' };
      const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [prefix + name, value]));
      const { specversion: _, ...expected } = attributes;
      expect(await envelopeOf({ headers: { ...headers, 'content-type': 'application/json' } })).toMatchObject(expected);
    },
  );

  test('is a command as a structured event', async () => {
    const event = { specversion: '1.0', id: '19', type: 'orders.place.v1', source: '/till/7', data: { n: 1 } };
    const headers = { 'Content-Type': 'application/cloudevents+json' };
    const envelope = await envelopeOf({ body: Buffer.from(JSON.stringify(event)), headers });
    expect(envelope).toMatchObject({ id: '19', type: 'orders.place.v1', source: '/till/7' });
    expect(Buffer.from(envelope.body).toString()).toBe('{"n":1}');
  });

  test.each<[string, Sent, RegExp]>([
    ['nothing but a body', {}, /no id/],
    ['no id', { headers: { ce_type: 'a.b.v1' } }, /no id/],
    ['no type', { headers: { ce_id: '1' } }, /no type/],
    ['plain text', { headers: { ...NATIVE, 'content-type': 'text/plain' } }, /'text\/plain'/],
    ['a time that is none', { headers: { ...NATIVE, ce_time: 'noon' } }, /'noon'/],
    ['an empty body and no attributes', { body: new Uint8Array() }, /no id/],
  ])('with %s is undecoded, whole, with the reason', async (_what, sent, reason) => {
    const undecoded = await undecodedOf(sent);
    expect(undecoded.reason).toMatch(reason);
    expect(Buffer.from(undecoded.body)).toEqual(Buffer.from(sent.body ?? JSON_BODY));
  });

  test('keeps its headers and its key when it is undecoded', async () => {
    const headers = { origin: 'elsewhere', bytes: Buffer.from('é') };
    const undecoded = await undecodedOf({ headers, key: 'k' });
    expect(undecoded.headers).toMatchObject({ origin: 'elsewhere', bytes: 'é', 'group-id': 'k' });
  });
});
