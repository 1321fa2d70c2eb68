import { MEMORY_GUARANTEES, memorySubject, MemoryTransport, proveTransport } from '#testing';
import { spooled } from './conformance-subject.js';
import type { Transport } from '#messaging';

const memory = memorySubject();
const { faults } = memory;
/** The transport behind each spool: what breaks a connection breaks this one's. */
const behind = new WeakMap<Transport, MemoryTransport>();
const behindOf = (transport: Transport) => behind.get(transport) as MemoryTransport;

proveTransport({
  ...memory,
  name: 'memory behind the spool',
  storesWhileAway: true,
  guarantees: {
    ...MEMORY_GUARANTEES,
    ordering: 'per-gateway',
    // Half of the entry that a spool of 16 MiB takes.
    messageBytesMax: 512 * 1024,
  },
  create(queue) {
    let inner: MemoryTransport | undefined;
    const transport = spooled(queue, (own) => (inner = memory.create(own)));
    if (inner) behind.set(transport, inner);
    return transport;
  },
  faults: {
    ...faults,
    cut: (transport) => faults.cut(behindOf(transport)),
    freeze: (transport) => faults.freeze(behindOf(transport)),
    kill: (transport) => faults.kill(behindOf(transport)),
  },
  skips: {
    'durable storage': ['18'],
    'global ordering': ['16b'],
    // A broker that is away is what the spool is for. Specs of its own take the broker away, and freeze it.
    'refusal while away': ['5', '36b', '40'],
  },
});
