import type { Transport } from '#messaging';
import type { Queue } from '#testing';
import { spooled } from './failover/conformance-subject.js';
import { create as createRabbitmq } from './rabbitmq/conformance-subject.js';

/** What the kit's processes run: RabbitMQ with the spool before it. */
export function create(queue: Queue): Transport {
  return spooled(queue, createRabbitmq);
}
