import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { sharedActiveMq } from '#testing';
import fc from 'fast-check';
import rhea from 'rhea';
import type { Outlet } from './outlet.js';
import { attributeNames, body, text } from './parts.js';

const value = fc.oneof(
  text,
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.boolean(),
  fc.double({ noNaN: true }).map((one) => rhea.types.wrap_double(one) as unknown),
);
const messages: fc.Arbitrary<rhea.Message> = fc.record(
  {
    body: fc.oneof(
      body.map((bytes) => rhea.message.data_section(bytes) as unknown),
      text,
      fc.array(text),
      fc.dictionary(text, text),
    ),
    message_id: text,
    subject: text,
    content_type: text,
    correlation_id: text,
    application_properties: fc.dictionary(fc.oneof(attributeNames('cloudEvents_'), text), value, { maxKeys: 6 }),
  },
  { requiredKeys: ['body'] },
);

export async function openOutlet(): Promise<Outlet<rhea.Message>> {
  return outletOn(await sharedActiveMq());
}

export function outletOn(url: string): Outlet<rhea.Message> {
  const prefix = `fuzz-${randomUUID()}`;
  return {
    env: { ACTIVEMQ_URLS: url, ACTIVEMQ_PREFIX: prefix },
    messages,
    send: async (all) => {
      const { hostname: host, port, username, password } = new URL(url);
      const connection = rhea
        .create_container()
        .connect({ host, port: Number(port), username, password, reconnect: false });
      const target = { address: `${prefix}.commands.in`, capabilities: ['queue'] };
      const sender = connection.open_sender({ target });
      for (const message of all) {
        if (!sender.sendable()) await once(sender, 'sendable');
        sender.send({ ...message, durable: true });
        await once(sender, 'accepted');
      }
      connection.close();
      await once(connection, 'connection_close');
    },
    remove: async () => undefined,
  };
}
