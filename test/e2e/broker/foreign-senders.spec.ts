import { randomUUID } from 'node:crypto';
import { connect, type ChannelModel, type ConfirmChannel, type Options } from 'amqplib';
import { createTestVhost, describeWithRabbitMq, until, type TestVhost } from '#testing';
import { anOrder, JsonClient } from '../../product/json-client.js';
import { startSluice, type RunningSluice } from '../../product/sluice.js';

const EXCHANGE = 'sluice.commands';
const ROUTING_KEY = 'in';
const TYPE = 'orders.place.v1';

interface Letter {
  readonly commandId: string;
  readonly type: string | null;
  readonly error: { code: string; message: string };
}

interface WholeLetter extends Letter {
  readonly externalId: string | null;
  readonly headers: Record<string, string>;
  readonly payloadBase64: string;
  readonly arrivals: number;
}

await describeWithRabbitMq('A program that knows only AMQP', () => {
  let vhost: TestVhost;
  let sluice: RunningSluice;
  let client: JsonClient;
  let connection: ChannelModel;
  let channel: ConfirmChannel;

  beforeAll(async () => {
    vhost = await createTestVhost();
    sluice = await startSluice({ RABBITMQ_URLS: vhost.url });
    client = await new JsonClient(sluice.url).ready();
    connection = await connect(vhost.url);
    channel = await connection.createConfirmChannel();
  });

  afterAll(async () => {
    await connection?.close();
    await sluice?.close();
    await vhost?.remove();
  });

  async function send(body: Buffer, options: Options.Publish): Promise<void> {
    channel.publish(EXCHANGE, ROUTING_KEY, body, { persistent: true, ...options });
    await channel.waitForConfirms();
  }

  const json = (value: unknown) => Buffer.from(JSON.stringify(value));

  function isPlaced(orderId: string): Promise<unknown> {
    return until(async () => (await client.get(`/orders/${orderId}`)).status === 200, `${orderId} is placed`, 20_000);
  }

  /** The dead letter with these bytes. */
  function letterOf(body: Buffer): Promise<WholeLetter> {
    return until(
      async () => {
        const { deadLetters } = (await client.get<{ deadLetters: Letter[] }>('/dead-letters?limit=100')).body;
        for (const { commandId } of deadLetters) {
          const { body: whole } = await client.get<WholeLetter>(`/dead-letters/${commandId}`);
          if (whole.payloadBase64 === body.toString('base64')) return whole;
        }
        return undefined;
      },
      'it is a dead letter',
      20_000,
    );
  }

  const ways: [string, (order: { orderId: string }) => [Buffer, Options.Publish]][] = [
    [
      'message id, type and content type',
      (order) => [json(order), { messageId: order.orderId, type: TYPE, contentType: 'application/json' }],
    ],
    [
      'CloudEvents headers',
      (order) => [
        json(order),
        {
          contentType: 'application/json',
          headers: { 'cloudEvents:id': order.orderId, 'cloudEvents:type': TYPE, 'cloudEvents:source': '/till/7' },
        },
      ],
    ],
    [
      'a structured CloudEvent',
      (order) => [
        json({ specversion: '1.0', id: order.orderId, type: TYPE, source: '/till/7', data: order }),
        { contentType: 'application/cloudevents+json' },
      ],
    ],
  ];

  test.each(ways)('places orders by %s, whichever lane is theirs', async (_way, write) => {
    const orders = Array.from({ length: 12 }, () => anOrder());
    for (const order of orders) await send(...write(order));
    await Promise.all(orders.map(({ orderId }) => isPlaced(orderId)));
    for (const { orderId } of orders) expect((await client.get(`/orders/${orderId}`)).body).toMatchObject({ orderId });
  });

  test('places one order though it sends it twice, and hears of an id that it uses for another', async () => {
    const [order, other] = [anOrder(), anOrder()];
    const options = { messageId: `till-7/${order.orderId}`, type: TYPE, contentType: 'application/json' };
    await send(json(order), options);
    await send(json(order), options);
    await isPlaced(order.orderId);
    // Only now: the other one's key is of another lane, and what comes first there keeps the id.
    await send(json(other), options);
    const letter = await letterOf(json(other));
    expect(letter).toMatchObject({ error: { code: 'id-conflict' }, externalId: options.messageId });
    expect((await client.get(`/orders/${other.orderId}`)).status).toBe(404);
  });

  const wrong: [string, Buffer, Options.Publish, string, RegExp][] = [
    [
      'bytes that are nothing',
      Buffer.from([0xff, 0, 0xfe, 0x7b]),
      { headers: { 'x-origin': 'till' } },
      'undecodable',
      /no id/,
    ],
    ['no type', json({ n: 1 }), { messageId: '1', contentType: 'application/json' }, 'undecodable', /no type/],
    [
      'plain text',
      Buffer.from('place it'),
      { messageId: '2', type: TYPE, contentType: 'text/plain' },
      'undecodable',
      /text\/plain/,
    ],
    [
      'a type that nobody handles',
      json({ n: 3 }),
      { messageId: '3', type: 'orders.steal.v1' },
      'unknown-type',
      /orders\.steal\.v1/,
    ],
    [
      'a body that is no JSON',
      Buffer.from('{"orderId":'),
      { messageId: '4', type: TYPE },
      'invalid-payload',
      /not JSON/,
    ],
    [
      'an order without lines',
      json({ ...anOrder(), lines: [] }),
      { messageId: '5', type: TYPE },
      'invalid-payload',
      /lines/,
    ],
  ];

  test.each(wrong)(
    'that sends %s makes a dead letter with the bytes and the reason',
    async (_what, body, options, code, reason) => {
      await send(body, options);
      const letter = await letterOf(body);
      expect(letter.error).toEqual({ code, message: expect.stringMatching(reason) });
      expect(letter.headers).toMatchObject(options.headers ?? {});
    },
  );

  test('holds nobody up, whatever it sends', async () => {
    const order = anOrder();
    for (let noise = 0; noise < 20; noise++) await send(Buffer.from(randomUUID()), {});
    const reply = await client.post<{ links: { self: string } }>('/orders', order);
    expect(reply.status).toBe(202);
    expect(await client.operation(reply.body.links.self, 'applied')).toMatchObject({ status: 'applied' });
  });
});
