import { TransportError } from '#messaging';
import { queue } from './topology.js';
import type { Product, Terminus } from './wire.js';

/** The two brokers called ActiveMQ: the same protocol, with other ways of saying what a queue is. */
export type BrokerKind = 'Artemis' | 'Classic';

/** Throws a `TransportError` for any other broker that speaks AMQP 1.0. */
export function kindOf({ product, version }: Product): BrokerKind {
  if (/artemis/i.test(product)) return 'Artemis';
  if (product === 'ActiveMQ') return 'Classic';
  const text = `The broker is ${product} ${version}, neither ActiveMQ Artemis nor ActiveMQ Classic. Set ACTIVEMQ_URLS to one of these, or TRANSPORT to what fits.`;
  throw new TransportError(text, { setting: 'ACTIVEMQ_URLS' });
}

export function serverOf(product: Product): string {
  return `ActiveMQ ${kindOf(product)} ${product.version}`;
}

/** The place to consume a queue alone from: Artemis has that as a property of the queue, Classic as a wish of the consumer. */
export function exclusiveSource(kind: BrokerKind, name: string): Terminus {
  return queue(kind === 'Classic' ? `${name}?consumer.exclusive=true` : name);
}
