import rhea, { type Message } from 'rhea';
import type { Delivery } from '#messaging';
import { ActiveMqClassicServer, ArtemisServer, describeWithArtemis, describeWithClassic, until } from '#testing';
import { create } from './conformance-subject.js';
import { onWire } from './plain-client.fixture.js';
import { queue } from './topology.js';
import { onceSendable } from './wire.js';

const START_MS = 180_000;
const LANES = 2;
const OPTIONS = { batchMax: 10, batchBytesMax: 1024 ** 2, batchWaitMs: 2, prefetch: 20 };
const FOREIGN = { message_id: '17', subject: 'orders.place.v1', content_type: 'application/json', durable: true };

interface Server {
  readonly url: string;
  remove(): Promise<void>;
}

/** What any AMQP 1.0 program sends arrives as a command, by either broker. */
function suite(start: () => Promise<Server>): void {
  let server: Server;
  let transport: ReturnType<typeof create>;
  let arrived: Delivery[];

  beforeAll(async () => {
    server = await start();
    transport = create({ name: 'foreign', lanes: LANES, directory: 'never-opened' }, server.url);
    await transport.open();
    await transport.consume(OPTIONS, async ({ lane, deliveries }) => {
      if (lane === 0) arrived.push(...deliveries);
    });
  }, START_MS);

  beforeEach(() => (arrived = []));

  afterAll(async () => {
    await transport.close(1_000);
    await server.remove();
  });

  /** To the queue that is known to every sender, as one that has no code of ours. */
  async function deliveryOf(message: Message): Promise<Delivery> {
    await onWire(server.url, async (wire) => {
      const sender = await wire.openSender(queue('foreign.commands.in'), 1);
      const { promise: taken, resolve } = Promise.withResolvers<void>();
      sender.once('accepted', () => resolve());
      onceSendable(sender, () => sender.send(message));
      await taken;
    });
    return until(() => arrived[0], 'it has arrived');
  }

  test.each<[string, unknown]>([
    ['data', rhea.message.data_section(Buffer.from('{"größe":1}'))],
    ['text', '{"größe":1}'],
    ['a map', { größe: 1 }],
  ])('is a command by its id, subject and a body of %s', async (_what, body) => {
    const delivery = await deliveryOf({ ...FOREIGN, body });
    expect(delivery).toMatchObject({ kind: 'decoded', envelope: { id: '17', type: 'orders.place.v1', lane: 0 } });
    expect(delivery.kind === 'decoded' && Buffer.from(delivery.envelope.body).toString()).toBe('{"größe":1}');
  });

  test('is a command by its attributes, and has its group for a key', async () => {
    const application_properties = { cloudEvents_id: '18', cloudEvents_type: 'a.b.v1', cloudEvents_source: '/till/7' };
    const delivery = await deliveryOf({ application_properties, group_id: 'order:1', durable: true, body: '{}' });
    const expected = { id: '18', type: 'a.b.v1', source: '/till/7', partitionKey: 'order:1' };
    expect(delivery).toMatchObject({ kind: 'decoded', envelope: expected });
  });

  test('with no id is undecoded, whole, with its properties and the reason', async () => {
    const delivery = await deliveryOf({
      application_properties: { origin: 'till' },
      group_id: 'g',
      durable: true,
      body: '{}',
    });
    expect(delivery).toMatchObject({
      kind: 'undecoded',
      headers: { origin: 'till' },
      reason: expect.stringMatching(/no id/),
    });
    expect(delivery).not.toHaveProperty('headers.JMSXGroupFirstForConsumer');
  });
}

await describeWithArtemis('What a program without our code sends by Artemis', () => suite(() => ArtemisServer.start()));
await describeWithClassic('What a program without our code sends by Classic', () =>
  suite(() => ActiveMqClassicServer.start()),
);
