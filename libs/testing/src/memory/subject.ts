import type { Queue, Subject } from '../kit/subject.js';
import type { Transport } from '#messaging';
import { MemoryBroker } from './memory-broker.js';
import { MEMORY_GUARANTEES, MemoryTransport } from './memory-transport.js';

/** The reference as the kit's subject: a broker per queue, and every fault that can be played in memory. Each broker is prepared once. */
export function memorySubject(prepare: (broker: MemoryBroker) => void = () => undefined) {
  const brokers = new Map<string, MemoryBroker>();
  const brokerOf = (queue: Queue) => {
    const known = brokers.get(queue.name);
    if (known) return known;
    const broker = new MemoryBroker(queue.lanes, queue.countMax);
    prepare(broker);
    brokers.set(queue.name, broker);
    return broker;
  };
  return {
    name: 'memory',
    guarantees: MEMORY_GUARANTEES,
    bounded: true,
    create: (queue: Queue) => new MemoryTransport(brokerOf(queue)),
    remove: async (queue: Queue) => void brokers.delete(queue.name),
    faults: {
      stop: async (queue: Queue) => {
        brokerOf(queue).stop();
        return async () => brokerOf(queue).start();
      },
      cut: async (transport: Transport) => {
        (transport as MemoryTransport).disconnected('The connection was cut.');
        (transport as MemoryTransport).connected();
      },
      freeze: async (transport: Transport) => {
        const thaw = (transport as MemoryTransport).freeze();
        return async () => thaw();
      },
      kill: async (transport: Transport) => (transport as MemoryTransport).kill(),
      inject: async (queue: Queue, lane: number, body: Uint8Array, headers: Record<string, string>) => {
        const reason = 'Put there by a test.';
        brokerOf(queue).lanes[lane]?.add({ kind: 'undecoded', body, headers, reason }, body.byteLength);
      },
    },
  } satisfies Subject;
}
