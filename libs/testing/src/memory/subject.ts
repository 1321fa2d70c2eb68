import type { Mend, Queue, Subject } from '../kit/subject.js';
import { PublishError, TransportError, type PublishFailure, type Transport } from '#messaging';
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
      crash: async (queue: Queue) => {
        brokerOf(queue).stop();
        brokerOf(queue).start();
      },
      unbind: async (queue: Queue) => refuseToStore(brokerOf(queue), 'unroutable'),
      fillDisk: async (queue: Queue) => refuseToStore(brokerOf(queue), 'overloaded'),
      lockOut: async (queue: Queue) => {
        const broker = brokerOf(queue);
        broker.openRefusal = new TransportError('Wrong credentials.', { setting: 'MEMORY_PASSWORD' });
        return async () => void (broker.openRefusal = undefined);
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

function refuseToStore(broker: MemoryBroker, failure: PublishFailure): Mend {
  broker.storeRefusal = new PublishError('not-stored', failure, `A test made the queue ${failure}.`);
  return async () => void (broker.storeRefusal = undefined);
}
