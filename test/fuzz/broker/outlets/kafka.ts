import { randomUUID } from 'node:crypto';
import { sharedKafka } from '#testing';
import { Producer, type MessageToProduce } from '@platformatic/kafka';
import fc from 'fast-check';
import type { Outlet } from './outlet.js';
import { attributeNames, body, text } from './parts.js';

const LANES = 16;
const AT_ONCE = 100;

type Message = Omit<MessageToProduce, 'topic'>;

const bytes = fc.oneof(
  text.map((value) => Buffer.from(value)),
  fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value)),
);
const name = fc.oneof(attributeNames('ce_'), text).map((value) => Buffer.from(value));
const headers = fc.array(fc.tuple(name, bytes), { maxLength: 8 }).map((pairs) => new Map(pairs));
const messages: fc.Arbitrary<Message> = fc.record(
  { value: body, key: bytes, headers, partition: fc.nat(LANES - 1) },
  { requiredKeys: ['value', 'headers', 'partition'] },
);

export async function openOutlet(): Promise<Outlet<Message>> {
  const [address, prefix] = [await sharedKafka(), `fuzz-${randomUUID()}`];
  return {
    env: { KAFKA_BROKERS: address, KAFKA_PREFIX: prefix },
    messages,
    send: async (all) => {
      const producer = new Producer({ clientId: 'fuzz', bootstrapBrokers: [address] });
      for (let at = 0; at < all.length; at += AT_ONCE) {
        const some = all.slice(at, at + AT_ONCE).map((message) => ({ ...message, topic: `${prefix}.commands` }));
        await producer.send({ messages: some, acks: -1 });
      }
      await producer.close();
    },
    remove: async () => undefined,
  };
}
