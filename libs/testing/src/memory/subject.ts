import type { Subject } from '../kit/subject.js';
import { MemoryBroker } from './memory-broker.js';
import { MEMORY_GUARANTEES, MemoryTransport } from './memory-transport.js';

/** The reference as the kit's subject: a broker per queue, and every fault that can be played in memory. */
export function memorySubject(): Subject {
  const brokers = new Map<string, MemoryBroker>();
  const brokerOf = (queue: { name: string; lanes: number; countMax?: number }) => {
    const broker = brokers.get(queue.name) ?? new MemoryBroker(queue.lanes, queue.countMax);
    brokers.set(queue.name, broker);
    return broker;
  };
  return {
    name: 'memory',
    guarantees: MEMORY_GUARANTEES,
    bounded: true,
    create: (queue) => new MemoryTransport(brokerOf(queue)),
    remove: async (queue) => void brokers.delete(queue.name),
    faults: {
      stop: async (queue) => {
        brokerOf(queue).stop();
        return async () => brokerOf(queue).start();
      },
      cut: async (transport) => {
        (transport as MemoryTransport).disconnected('The connection was cut.');
        (transport as MemoryTransport).connected();
      },
      freeze: async (transport) => {
        const thaw = (transport as MemoryTransport).freeze();
        return async () => thaw();
      },
      kill: async (transport) => (transport as MemoryTransport).kill(),
      inject: async (queue, lane, body, headers) => {
        const reason = 'Put there by a test.';
        brokerOf(queue).lanes[lane]?.add({ kind: 'undecoded', body, headers, reason }, body.byteLength);
      },
    },
  };
}
