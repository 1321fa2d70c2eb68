import type { Transport } from '#messaging';
import type { Queue } from '#testing';
import { spooled } from './failover/conformance-subject.js';
import { create as createBroker } from './nats/conformance-subject.js';

/** A NATS transport behind the spool, for the processes that the kit kills. */
export function create(queue: Queue): Transport {
  return spooled(queue, createBroker);
}
