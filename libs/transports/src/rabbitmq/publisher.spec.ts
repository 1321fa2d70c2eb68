import { connect, type Channel, type ChannelModel } from 'amqplib';
import type { Envelope } from '#messaging';
import { createTestVhost, describeWithRabbitMq, until, type TestVhost } from '#testing';
import { Publisher, type PublisherOptions } from './publisher.js';
import { DEADLINE_MS, envelope } from '../broker-worker.fixture.js';

const EXCHANGE = 'exchange';
const QUEUE = 'queue';
const QUEUE_COUNT_MAX = 5;

/** A connection, a small queue for lane 0 and none for any other, and a publisher on them. */
class Bench {
  readonly broken: string[] = [];
  readonly model: ChannelModel;
  readonly channel: Channel;

  private constructor(model: ChannelModel, channel: Channel) {
    this.model = model;
    this.channel = channel;
  }

  static async create(url: string): Promise<Bench> {
    const model = await connect(url);
    model.on('error', () => undefined);
    const channel = await model.createChannel();
    await channel.assertExchange(EXCHANGE, 'direct');
    const bounds = { 'x-max-length': QUEUE_COUNT_MAX, 'x-overflow': 'reject-publish' };
    await channel.assertQueue(QUEUE, { arguments: bounds });
    await channel.bindQueue(QUEUE, EXCHANGE, '0');
    await channel.purgeQueue(QUEUE);
    return new Bench(model, channel);
  }

  async publisher(options: Partial<PublisherOptions> = {}): Promise<Publisher> {
    const limits = { inFlightCountMax: 100, inFlightBytesMax: 1024 ** 2 };
    const onBroken = (reason: string) => void this.broken.push(reason);
    const publisher = new Publisher({ exchange: EXCHANGE, ...limits, onBroken, ...options });
    await publisher.attach(this.model);
    return publisher;
  }

  async close(): Promise<void> {
    await this.model.close().catch(() => undefined);
  }
}

function publishAll(publisher: Publisher, envelopes: readonly Envelope[]): Promise<PromiseSettledResult<void>[]> {
  return Promise.allSettled(envelopes.map((one) => publisher.publish(one, DEADLINE_MS)));
}

function outcomes(results: readonly PromiseSettledResult<void>[]): string[] {
  return results.map((result) =>
    result.status === 'fulfilled' ? 'stored' : (result.reason as { failure: string }).failure,
  );
}

await describeWithRabbitMq('What the publisher answers', () => {
  let vhost: TestVhost;
  let bench: Bench;

  beforeAll(async () => {
    vhost = await createTestVhost();
  });

  beforeEach(async () => {
    bench = await Bench.create(vhost.url);
  });

  afterEach(() => bench.close());

  afterAll(() => vhost.remove());

  test('tells which of two publishes with the same id came back', async () => {
    const publisher = await bench.publisher();
    const same = { id: 'the-same' };
    const results = await publishAll(publisher, [envelope(7, same), envelope(0, same), envelope(7, same)]);
    expect(outcomes(results)).toEqual(['unroutable', 'stored', 'unroutable']);
    await publisher.close(DEADLINE_MS);
  });

  test('refuses as overloaded what a full queue does not take, and what was taken is in order', async () => {
    const publisher = await bench.publisher();
    const envelopes = Array.from({ length: 5 }, () => envelope(0));
    expect(outcomes(await publishAll(publisher, envelopes))).toEqual(envelopes.map(() => 'stored'));
    await until(
      async () => outcomes(await publishAll(publisher, [envelope(0)]))[0] === 'overloaded',
      'the full queue refuses',
    );
    for (const { id } of envelopes) {
      expect(await bench.channel.get(QUEUE, { noAck: true })).toMatchObject({ properties: { messageId: id } });
    }
    await publisher.close(DEADLINE_MS);
  });

  test('refuses attributes that no frame holds, and goes on', async () => {
    const publisher = await bench.publisher();
    const giant = envelope(0, { attributes: { giant: 'x'.repeat(200_000) } });
    const results = await publishAll(publisher, [giant, envelope(0), envelope(7)]);
    expect(outcomes(results)).toEqual(['too-large', 'stored', 'unroutable']);
    await publisher.close(DEADLINE_MS);
  });

  test('refuses at once while the broker takes nothing in, with a time to come back, and goes on after', async () => {
    const publisher = await bench.publisher();
    publisher.block('An alarm.');
    await expect(publisher.publish(envelope(0), DEADLINE_MS)).rejects.toMatchObject({
      outcome: 'not-stored',
      failure: 'overloaded',
      retryAfterMs: 5_000,
    });
    publisher.block(undefined);
    await publisher.publish(envelope(0), DEADLINE_MS);
    await publisher.close(DEADLINE_MS);
  });
});

await describeWithRabbitMq('What the publisher bounds', () => {
  let vhost: TestVhost;
  let bench: Bench;

  beforeAll(async () => {
    vhost = await createTestVhost();
  });

  beforeEach(async () => {
    bench = await Bench.create(vhost.url);
  });

  afterEach(() => bench.close());

  afterAll(() => vhost.remove());

  test('keeps no more under way than it may, lets some wait, and refuses the rest at once', async () => {
    const publisher = await bench.publisher({ inFlightCountMax: 2 });
    const results = outcomes(
      await publishAll(
        publisher,
        Array.from({ length: 14 }, () => envelope(7)),
      ),
    );
    // Two under way and four times as many waiting.
    expect(results).toEqual([...Array<string>(10).fill('unroutable'), ...Array<string>(4).fill('overloaded')]);
    await publisher.close(DEADLINE_MS);
  });

  test('bounds what is under way by bytes, and lets a body larger than that go alone', async () => {
    const publisher = await bench.publisher({ inFlightBytesMax: 100 });
    const results = await publishAll(publisher, [
      envelope(7, { body: Buffer.alloc(60) }),
      envelope(7, { body: Buffer.alloc(350) }),
      envelope(7, { body: Buffer.alloc(60) }),
    ]);
    expect(outcomes(results)).toEqual(['unroutable', 'unroutable', 'overloaded']);
    await publisher.close(DEADLINE_MS);
  });
});

await describeWithRabbitMq('A publisher whose connection breaks', () => {
  let vhost: TestVhost;
  let bench: Bench;

  beforeAll(async () => {
    vhost = await createTestVhost();
  });

  beforeEach(async () => {
    bench = await Bench.create(vhost.url);
  });

  afterEach(() => bench.close());

  afterAll(() => vhost.remove());

  test('does not know what became of what was under way when the channel broke, and sends what waited on the next', async () => {
    const publisher = await bench.publisher({ inFlightCountMax: 1 });
    await bench.channel.deleteExchange(EXCHANGE);
    const publishing = publishAll(publisher, [envelope(0), envelope(7)]);
    await until(() => bench.broken.length === 1, 'the publisher tells that its channel broke');
    expect(bench.broken[0]).toMatch(/no exchange 'exchange'/);
    await bench.channel.assertExchange(EXCHANGE, 'direct');
    await publisher.attach(bench.model);
    const results = await publishing;
    expect(outcomes(results)).toEqual(['interrupted', 'unroutable']);
    expect(results[0]).toMatchObject({ reason: { outcome: 'unknown' } });
    await publisher.close(DEADLINE_MS);
  });

  test('lets what waits for a lost connection go after a second, and refuses at once after that', async () => {
    const publisher = await bench.publisher();
    await bench.model.close();
    const startedMs = performance.now();
    expect(outcomes(await publishAll(publisher, [envelope(0)]))).toEqual(['unavailable']);
    expect(performance.now() - startedMs).toBeGreaterThan(500);
    const againMs = performance.now();
    expect(outcomes(await publishAll(publisher, [envelope(0)]))).toEqual(['unavailable']);
    expect(performance.now() - againMs).toBeLessThan(500);
    await publisher.close(DEADLINE_MS);
  });
});
