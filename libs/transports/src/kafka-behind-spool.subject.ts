import type { Transport } from '#messaging';
import type { Queue } from '#testing';
import { spooled } from './failover/conformance-subject.js';
import { create as createKafka } from './kafka/conformance-subject.js';

/** What the kit's processes run: Kafka with the spool before it. */
export function create(queue: Queue): Transport {
  return spooled(queue, createKafka);
}
