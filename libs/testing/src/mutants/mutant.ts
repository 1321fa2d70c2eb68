import type { Subject } from '../kit/subject.js';
import { memorySubject } from '../memory/subject.js';
import type { MemoryBroker } from '../memory/memory-broker.js';
import { MemoryTransport } from '../memory/memory-transport.js';
import { DelegatingTransport } from './delegating-transport.js';

/** One planted fault, and the cases that each must catch it by itself. */
export interface Mutant {
  readonly name: string;
  readonly caughtBy: readonly [string, ...string[]];
  /** Makes the wrong transport out of the healthy one. */
  readonly wrap?: new (healthy: MemoryTransport) => DelegatingTransport;
  /** Spoils the broker itself, once for each queue. */
  readonly spoil?: (broker: MemoryBroker) => void;
}

export function subjectOf(mutant: Mutant): Subject {
  const healthy = memorySubject(mutant.spoil);
  const { wrap: Wrap } = mutant;
  if (!Wrap) return { ...healthy, name: mutant.name };
  const { cut, freeze, kill } = healthy.faults;
  const inner = (transport: unknown) => (transport as DelegatingTransport).healthy;
  return {
    ...healthy,
    name: mutant.name,
    create: (queue) => new Wrap(healthy.create(queue)),
    faults: {
      ...healthy.faults,
      cut: (transport) => cut(inner(transport)),
      freeze: (transport) => freeze(inner(transport)),
      kill: (transport) => kill(inner(transport)),
    },
  };
}
