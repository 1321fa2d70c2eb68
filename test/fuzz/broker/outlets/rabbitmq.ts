import { createTestVhost } from '#testing';
import { connect, type Options } from 'amqplib';
import fc from 'fast-check';
import type { Outlet } from './outlet.js';
import { attributeNames, body, text } from './parts.js';

const EXCHANGE = 'sluice.commands';
const FRACTIONS_MAX = 2 ** 49;

type Message = readonly [bytes: Buffer, options: Options.Publish];

/** AMQP's short strings, as the client library bounds them. */
const shortText = text.filter((value) => Buffer.byteLength(value) <= 255);
const value = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  // Beyond these the client knows no fractions, and refuses them itself.
  fc.double({ min: -FRACTIONS_MAX, max: FRACTIONS_MAX, noNaN: true }),
  fc.array(text),
  fc.dictionary(shortText, text),
);
const name = fc.oneof(attributeNames('cloudEvents:'), fc.constant('x-death'), shortText);
const properties: fc.Arbitrary<Options.Publish> = fc.record(
  {
    messageId: shortText,
    type: shortText,
    contentType: shortText,
    contentEncoding: fc.constantFrom('utf-8', 'gzip', ''),
    correlationId: shortText,
    appId: shortText,
    timestamp: fc.nat(),
    priority: fc.nat(255),
    headers: fc.dictionary(
      // By these the broker sends on, or refuses.
      name.filter((one) => one !== 'CC' && one !== 'BCC'),
      value,
      { maxKeys: 6 },
    ),
  },
  { requiredKeys: [] },
);

export async function openOutlet(): Promise<Outlet<Message>> {
  const vhost = await createTestVhost();
  return {
    env: { RABBITMQ_URLS: vhost.url },
    messages: fc.tuple(body, properties),
    send: async (messages) => {
      const connection = await connect(vhost.url);
      const channel = await connection.createConfirmChannel();
      for (const [bytes, options] of messages) {
        channel.publish(EXCHANGE, 'in', bytes, { ...options, persistent: true });
      }
      await channel.waitForConfirms();
      await connection.close();
    },
    remove: () => vhost.remove(),
  };
}
