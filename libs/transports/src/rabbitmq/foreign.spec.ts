import type { Options } from 'amqplib';
import type { Decoded, Delivery, Undecoded } from '#messaging';
import { describeWithRabbitMq, until } from '#testing';
import { DEADLINE_MS, OPTIONS } from '../broker-worker.fixture.js';
import { TestBroker } from './rabbitmq.fixture.js';
import type { RabbitmqTransport } from './rabbitmq-transport.js';

const LANES = 2;
/** Known to every sender: what it sends there goes to the lane that persistence finds for it. */
const ROUTING_KEY = 'in';
const JSON_BODY = Buffer.from('{"größe":1}');
const NATIVE: Options.Publish = { messageId: '17', type: 'orders.place.v1', contentType: 'application/json' };

interface Sent extends Options.Publish {
  readonly body?: Uint8Array;
}

await describeWithRabbitMq('What a program without our code sends', () => {
  let broker: TestBroker;
  let transport: RabbitmqTransport;
  let arrived: Delivery[];

  beforeAll(async () => {
    broker = await TestBroker.create();
    transport = await broker.open(LANES);
    await transport.consume(OPTIONS, async ({ deliveries }) => void arrived.push(...deliveries));
  });

  beforeEach(() => (arrived = []));

  afterAll(() => broker.remove());

  /** As any AMQP client does, and what the consumer was handed. */
  async function deliveryOf({ body = JSON_BODY, ...options }: Sent): Promise<Delivery> {
    await send(body, options);
    return until(() => arrived[0], 'it has arrived');
  }

  async function send(body: Uint8Array, options: Options.Publish): Promise<void> {
    await broker.withChannel(async (channel) => {
      channel.publish(`${broker.prefix}.commands`, ROUTING_KEY, Buffer.from(body), options);
      // An answer on the same channel comes after the message was taken.
      await channel.checkExchange(`${broker.prefix}.commands`);
    });
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

  test('is a command by its message id, type, content type and JSON body', async () => {
    const sentMs = Date.now();
    const envelope = await envelopeOf(NATIVE);
    expect(envelope).toMatchObject({ id: '17', type: 'orders.place.v1', source: 'urn:sluice:foreign', attributes: {} });
    expect(Buffer.from(envelope.body)).toEqual(JSON_BODY);
    expect(envelope.timeMs).toBeGreaterThanOrEqual(sentMs);
  });

  test('gives with its native properties the time, the sender and the correlation', async () => {
    const timestamp = Date.UTC(2026, 0, 1) / 1_000;
    const others = { timestamp, appId: 'till 7', correlationId: 'receipt-1', headers: { traceparent: '00-ab-cd-01' } };
    expect(await envelopeOf({ ...NATIVE, ...others })).toMatchObject({
      source: 'urn:sluice:foreign:till%207',
      timeMs: Date.UTC(2026, 0, 1),
      attributes: { correlationid: 'receipt-1', traceparent: '00-ab-cd-01' },
    });
  });

  test.each(['cloudEvents:', 'cloudEvents_', 'ce-', 'CE_'])('is a command by headers with %s', async (prefix) => {
    const attributes = {
      specversion: '1.0',
      id: 18,
      type: 'orders.cancel.v1',
      source: '/till/7',
      partitionkey: 'order:1',
    };
    const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [prefix + name, value]));
    const { specversion: _, partitionkey: partitionKey, ...expected } = { ...attributes, id: '18' };
    expect(await envelopeOf({ contentType: 'application/json', headers })).toMatchObject({ ...expected, partitionKey });
  });

  test('is a command as a structured event', async () => {
    const event = { specversion: '1.0', id: '19', type: 'orders.place.v1', source: '/till/7', data: { n: 1 } };
    const body = Buffer.from(JSON.stringify(event));
    const envelope = await envelopeOf({ body, contentType: 'application/cloudevents+json' });
    expect(envelope).toMatchObject({ id: '19', type: 'orders.place.v1', source: '/till/7' });
    expect(Buffer.from(envelope.body).toString()).toBe('{"n":1}');
  });

  test.each<[string, Sent, RegExp]>([
    ['nothing but a body', {}, /no id/],
    ['no id', { ...NATIVE, messageId: undefined }, /no id/],
    ['no type', { ...NATIVE, type: undefined }, /no type/],
    ['plain text', { ...NATIVE, contentType: 'text/plain' }, /'text\/plain'/],
    ['a compressed body', { ...NATIVE, contentEncoding: 'gzip' }, /'gzip'/],
    ['a time that is none', { ...NATIVE, headers: { 'cloudEvents:time': 'noon' } }, /'noon'/],
    ['a structured event cut short', { body: Buffer.from('{'), contentType: 'application/cloudevents+json' }, /JSON/],
    ['an empty body and no properties', { body: new Uint8Array() }, /no id/],
  ])('with %s is undecoded, whole, with the reason', async (_what, sent, reason) => {
    const undecoded = await undecodedOf(sent);
    expect(undecoded.reason).toMatch(reason);
    expect(Buffer.from(undecoded.body)).toEqual(Buffer.from(sent.body ?? JSON_BODY));
  });

  test('of a time before 1970 can be sent on, as persistence does to its own lane', async () => {
    const envelope = await envelopeOf({ ...NATIVE, headers: { 'cloudEvents:time': '1969-07-20T20:17:40Z' } });
    arrived = [];
    await transport.publish({ ...envelope, lane: 1 }, DEADLINE_MS);
    const again = await until(() => arrived[0], 'it has arrived again');
    expect(again).toEqual({ kind: 'decoded', envelope: { ...envelope, lane: 1 } });
  });

  test.each<[string, string, string]>([
    ['its data is nested', `"data":${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'data is nested too deep'],
    ['an attribute is long', `"note":"${'x'.repeat(60_000)}"`, 'attributes are too large'],
  ])('without bound, as where %s, ends undecoded and holds up nothing', async (_what, member, reason) => {
    const body = Buffer.from(`{"specversion":"1.0","id":"20","type":"orders.place.v1",${member}}`);
    expect((await undecodedOf({ body, contentType: 'application/cloudevents+json' })).reason).toContain(reason);
    arrived = [];
    expect(await envelopeOf(NATIVE)).toMatchObject({ id: '17' });
  });

  test('keeps its headers when it is undecoded, nested ones and numbers too', async () => {
    const headers = { count: 3, deep: { list: [1, 'a'] }, flag: true, bytes: Buffer.from('é') };
    expect((await undecodedOf({ headers, appId: 'till' })).headers).toEqual({
      count: '3',
      deep: '{"list":[1,"a"]}',
      flag: 'true',
      bytes: 'é',
      sender: 'till',
    });
  });

  test('is the same message when it is delivered again', async () => {
    const fresh = await broker.open(LANES, { RABBITMQ_PREFIX: 'again' });
    const seen: Delivery[] = [];
    const hold = () => new Promise<void>(() => undefined);
    await fresh.publish({ ...(await envelopeOf(NATIVE)), lane: 0 }, DEADLINE_MS);
    await broker.withChannel(async (channel) => {
      channel.publish('again.commands', ROUTING_KEY, Buffer.from('noise'), { headers: { 'x-origin': 'elsewhere' } });
      await channel.checkExchange('again.commands');
    });
    for (const round of [1, 2, 3]) {
      const consumer = await fresh.consume({ ...OPTIONS, batchMax: 2, batchWaitMs: 5_000 }, async ({ deliveries }) => {
        seen.push(...deliveries);
        await hold();
      });
      await until(() => seen.length === 2 * round, `it was delivered ${round} times`);
      await consumer.stop(0);
    }
    expect(seen.slice(2, 4)).toEqual(seen.slice(0, 2));
    expect(seen.slice(4)).toEqual(seen.slice(0, 2));
  });
});
