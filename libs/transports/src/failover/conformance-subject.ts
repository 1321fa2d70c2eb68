import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Transport } from '#messaging';
import type { Faults, Queue } from '#testing';
import { FailoverTransport } from './failover-transport.js';

/** Small enough that a case can fill it. */
const BYTES_MAX = 16 * 1024 * 1024;
const COUNT_MAX = 1_000_000;

const behindOf = new WeakMap<Transport, Transport>();

/** The transport behind a spool of its own: each process of a queue has one. */
export function spooled(queue: Queue, createBehind: (queue: Queue) => Transport): Transport {
  const { directory, lanes, countMax } = queue;
  // Of a queue's bound, one half is for the spool.
  const ownMax = countMax === undefined ? COUNT_MAX : Math.ceil(countMax / 2);
  const behind = createBehind(countMax === undefined ? queue : { ...queue, countMax: countMax - ownMax });
  const options = { directory: join(directory, randomUUID()), lanes, bytesMax: BYTES_MAX, countMax: ownMax };
  const transport = new FailoverTransport(behind, options);
  behindOf.set(transport, behind);
  return transport;
}

/** The faults of the transport behind: what breaks a connection breaks that one's. */
export function faultsBehind(faults: Faults): Faults {
  const behind = (transport: Transport) => behindOf.get(transport) ?? transport;
  const [cut, freeze, kill] = [faults.cut?.bind(faults), faults.freeze?.bind(faults), faults.kill?.bind(faults)];
  return {
    ...faults,
    ...(cut && { cut: (transport) => cut(behind(transport)) }),
    ...(freeze && { freeze: (transport) => freeze(behind(transport)) }),
    ...(kill && { kill: (transport) => kill(behind(transport)) }),
  };
}

/** What the kit proves of every transport that has the spool before it, however it is made and broken. */
export function planBehindSpool({ create, remove, faults }: BrokenTransports) {
  return {
    storesWhileAway: true,
    guarantees: {
      durability: 'disk',
      ordering: 'per-gateway',
      // Half of the entry that a spool of 16 MiB takes.
      messageBytesMax: 512 * 1024,
      publishers: 'many',
      consumers: 'many',
    },
    create: (queue: Queue) => spooled(queue, create),
    remove,
    faults: faultsBehind(faults),
  } as const;
}

export const SKIPS_BEHIND_SPOOL = {
  'global ordering': ['16b'],
  // A broker that is away is what the spool is for. The spool's own specs take the broker away, and freeze it.
  'refusal while away': ['5', '9b', '36b', '40'],
} as const;

interface BrokenTransports {
  readonly create: (queue: Queue) => Transport;
  readonly remove: (queue: Queue) => Promise<void>;
  readonly faults: Faults;
}
