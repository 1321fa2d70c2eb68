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
