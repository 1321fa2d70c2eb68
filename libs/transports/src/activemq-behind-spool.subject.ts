import type { Transport } from '#messaging';
import type { Queue } from '#testing';
import { create as createActivemq } from './activemq/conformance-subject.js';
import { spooled } from './failover/conformance-subject.js';

/** What the kit's processes run: ActiveMQ with the spool before it. */
export function create(queue: Queue): Transport {
  return spooled(queue, createActivemq);
}
