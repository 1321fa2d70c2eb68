import { MEMORY_GUARANTEES, memorySubject, proveTransport } from '#testing';
import { faultsBehind, spooled } from './conformance-subject.js';

const memory = memorySubject();

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
  create: (queue) => spooled(queue, memory.create),
  faults: faultsBehind(memory.faults),
  skips: {
    'durable storage': ['18'],
    'global ordering': ['16b'],
    // A broker that is away is what the spool is for. Specs of its own take the broker away, and freeze it.
    'refusal while away': ['5', '9b', '36b', '40'],
  },
});
