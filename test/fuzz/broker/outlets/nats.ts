import { NatsServer } from '#testing';
import { jetstream } from '@nats-io/jetstream';
import { connect, headers as makeHeaders } from '@nats-io/transport-node';
import fc from 'fast-check';
import { NATS_SETTINGS, natsEnvironment } from '../../../product/queue.js';
import type { Outlet } from './outlet.js';
import { attributeNames, body, text } from './parts.js';

interface Message {
  readonly bytes: Buffer;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What ends a header's line is the client's to refuse. */
const value = text.map((one) => one.replaceAll(/[\r\n\0]/g, ' '));
// Those that begin with Nats- are the server's.
const name = fc.oneof(attributeNames('ce-'), fc.stringMatching(/^[A-MO-Z][A-Za-z0-9-]{0,20}$/));
const messages: fc.Arbitrary<Message> = fc.record({
  bytes: body,
  headers: fc.array(fc.tuple(name, value), { maxLength: 8 }),
});

export async function openOutlet(): Promise<Outlet<Message>> {
  const server = await NatsServer.start({ settings: NATS_SETTINGS });
  return {
    env: natsEnvironment(server.url),
    messages,
    send: async (all) => {
      const { username: user, password: pass } = server.account;
      const connection = await connect({ servers: `127.0.0.1:${server.port}`, user, pass });
      const stream = jetstream(connection);
      for (const { bytes, headers: pairs } of all) {
        const headers = makeHeaders();
        for (const [header, text] of pairs) headers.append(header, text);
        await stream.publish('sluice.in', bytes, { headers });
      }
      await connection.close();
    },
    remove: () => server.remove(),
  };
}
