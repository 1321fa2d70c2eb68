import { connect, type Channel, type ChannelModel, type ConsumeMessage, type Options } from 'amqplib';
import fc from 'fast-check';
import { createTestVhost, describeWithRabbitMq, seeded, TcpProxy, until, type TestVhost } from '#testing';
import { readFramesOf } from './frame-reader.js';

const EXCHANGE = 'both';
const { seed } = seeded();

const text = fc.string({ unit: 'binary', maxLength: 60 });
const value = fc.oneof(
  { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc.boolean(),
  fc.constant({ nested: 'text' }),
  fc.constant(['a', 1]),
);
const headers = fc.dictionary(
  fc.oneof(fc.constantFrom('cloudEvents:id', 'cloudEvents:type', 'ce_id'), text).filter((name) => name !== '__proto__'),
  value,
);
const option = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const message = fc.record({
  body: fc.oneof(fc.nat(300), fc.constantFrom(0, 131_064, 131_065, 400_000)),
  options: fc.record({
    headers: option(headers),
    contentType: option(text),
    contentEncoding: option(text),
    persistent: fc.boolean(),
    priority: option(fc.nat(255)),
    correlationId: option(text),
    replyTo: option(text),
    messageId: option(text),
    timestamp: option(fc.nat(2 ** 40)),
    type: option(text),
    appId: option(text),
  }),
});

await describeWithRabbitMq('A connection whose deliveries are read past the client', () => {
  let vhost: TestVhost;
  let proxy: TcpProxy;
  const models: ChannelModel[] = [];

  beforeAll(async () => {
    vhost = await createTestVhost();
    const { hostname, port } = new URL(vhost.url);
    proxy = await TcpProxy.to(hostname, Number(port));
  });

  afterAll(async () => {
    for (const model of models) await model.close().catch(() => undefined);
    await proxy.close();
    await vhost.remove();
  });

  async function open(url: string): Promise<ChannelModel> {
    const model = await connect(url);
    model.on('error', () => undefined);
    models.push(model);
    return model;
  }

  async function receive(model: ChannelModel): Promise<ConsumeMessage[]> {
    const channel: Channel = await model.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, EXCHANGE, '');
    const received: ConsumeMessage[] = [];
    await channel.consume(queue, (got) => got && received.push(got), { noAck: true });
    return received;
  }

  test('is given what the client gives, however the bytes come apart', async () => {
    const sender = await open(vhost.url);
    const channel = await sender.createConfirmChannel();
    await channel.assertExchange(EXCHANGE, 'fanout');
    const own = await open(proxy.urlOf(vhost.url));
    readFramesOf(own);
    const [byOwn, byClient] = [await receive(own), await receive(await open(vhost.url))];
    // In small pieces, so that frames come apart anywhere.
    proxy.throttle(4_000_000);
    const messages = fc.sample(message, { numRuns: 400, seed });
    for (const { body, options } of messages)
      channel.publish(EXCHANGE, 'key', Buffer.alloc(body, 'x'), options as Options.Publish);
    await channel.waitForConfirms();
    await until(() => byOwn.length === messages.length && byClient.length === messages.length, 'all have come to both');
    expect(byOwn.map(comparable)).toEqual(byClient.map(comparable));
  });

  test('ends where what comes is no frame', async () => {
    const own = await open(proxy.urlOf(vhost.url));
    readFramesOf(own);
    const closed = new Promise((resolve) => own.once('close', resolve));
    const failed = new Promise((resolve) => own.once('error', resolve));
    (own.connection as unknown as { stream: NodeJS.EventEmitter & { unshift(chunk: Buffer): void } }).stream.unshift(
      Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    await closed;
    expect(await failed).toMatchObject({ message: expect.stringContaining('frame') });
  });
});

/** All but what tells the two consumers apart. */
function comparable({ content, fields, properties }: ConsumeMessage) {
  const { consumerTag, ...same } = fields;
  return { content: content.toString('base64'), fields: same, hasTag: consumerTag.length > 0, properties };
}
