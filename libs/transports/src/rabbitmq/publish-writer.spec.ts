import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import fc from 'fast-check';
import type { Socket } from 'node:net';
import { createTestVhost, describeWithRabbitMq, until, type TestVhost } from '#testing';
import type { Properties } from './publish-frames.js';
import { PublishWriter } from './publish-writer.js';

const EXCHANGE = 'exchange';

const text = fc.string({ unit: 'binary', maxLength: 60 });
const properties: fc.Arbitrary<Properties> = fc.record({
  contentType: fc.option(text, { nil: undefined }),
  headers: fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    fc.string({ unit: 'binary', maxLength: 400 }),
  ),
  messageId: fc.option(text, { nil: undefined }),
  timestamp: fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
  type: fc.option(text, { nil: undefined }),
  appId: fc.option(text, { nil: undefined }),
});
const FRAME_MAX = 131_072;
const bodyBytes = fc.oneof(fc.nat(300), fc.constantFrom(FRAME_MAX - 8, FRAME_MAX - 7, 65_000, 300_000));

await describeWithRabbitMq('What the publish writer puts on the wire', () => {
  let vhost: TestVhost;
  let model: ChannelModel;
  let channel: ConfirmChannel;
  let stream: Socket;
  let write: Socket['write'];

  beforeAll(async () => {
    vhost = await createTestVhost();
  });

  beforeEach(async () => {
    model = await connect(`${vhost.url}?frameMax=${FRAME_MAX}`);
    model.on('error', () => undefined);
    channel = await model.createConfirmChannel();
    ({ stream } = model.connection as unknown as { stream: Socket });
    write = stream.write.bind(stream);
  });

  // What was kept from the broker is never answered, so there is no goodbye.
  afterEach(() => void stream.destroy());

  afterAll(() => vhost.remove());

  /** What is written while the messages are published, kept from the broker. */
  async function written(publish: () => void, bytesLeast: number): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    stream.write = ((chunk: Uint8Array) => chunks.push(Uint8Array.from(chunk)) > 0) as Socket['write'];
    publish();
    // The writer's turn ends here.
    await new Promise(setImmediate);
    await until(() => chunks.reduce((sum, { length }) => sum + length, 0) >= bytesLeast, 'all is written');
    stream.write = write;
    return Buffer.concat(chunks);
  }

  test('is to the byte what the client would have written', async () => {
    const writer = new PublishWriter(channel, EXCHANGE, () => undefined);
    const messages = fc.array(fc.tuple(fc.nat(15).map(String), properties, bodyBytes), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(messages, async (given) => {
        const parts = given.map(([key, props, bytes]) => ({ key, props, body: Buffer.alloc(bytes, 'x') }));
        const own = await written(() => {
          for (const { key, props, body } of parts) writer.write(key, props, body, () => undefined);
        }, 1);
        const client = await written(() => {
          for (const { key, props, body } of parts)
            channel.publish(EXCHANGE, key, body, { ...(props as object), mandatory: true, persistent: true });
        }, own.length);
        expect(own.equals(client)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('is all of one turn at once', async () => {
    const writer = new PublishWriter(channel, EXCHANGE, () => undefined);
    const props: Properties = {
      contentType: 'application/json',
      headers: {},
      messageId: 'a',
      timestamp: 1,
      type: 'b',
      appId: '1',
    };
    let writes = 0;
    stream.write = (() => ++writes > 0) as Socket['write'];
    for (let index = 0; index < 50; index++) writer.write('0', props, Buffer.from('{}'), () => undefined);
    await until(() => writes > 0, 'it is written');
    expect(writes).toBe(1);
    stream.write = write;
    stream.destroy();
  });

  test('is nothing for properties that AMQP cannot carry', async () => {
    const writer = new PublishWriter(channel, EXCHANGE, () => undefined);
    const fits: Properties = {
      contentType: undefined,
      headers: {},
      messageId: undefined,
      timestamp: undefined,
      type: undefined,
      appId: undefined,
    };
    const body = Buffer.from('{}');
    const name = 'n'.repeat(256);
    expect(() => writer.write('0', { ...fits, headers: { [name]: '' } }, body, () => undefined)).toThrow(RangeError);
    expect(() => writer.write('0', { ...fits, headers: { a: 'x'.repeat(70_000) } }, body, () => undefined)).toThrow(
      RangeError,
    );
    const clean = await written(() => writer.write('0', fits, body, () => undefined), 1);
    const client = await written(() => channel.publish(EXCHANGE, '0', body, { mandatory: true, persistent: true }), 1);
    expect(clean.equals(client)).toBe(true);
    stream.destroy();
  });
});
