import { describeWith } from '../process/describe-with.js';
import { findRabbitMq } from './installation.js';

/** Registers the suite where a RabbitMQ can be had. Elsewhere its one test tells why nothing was tried; in CI that fails. */
export function describeWithRabbitMq(name: string, suite: () => void): Promise<void> {
  return describeWith(async () => (process.env['TEST_RABBITMQ_URL'] ? undefined : findRabbitMq()), name, suite);
}
