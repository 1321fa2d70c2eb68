import type { Envelope } from '#messaging';
import type { Order } from './peer.js';

/** One order as one line of JSON: bodies in base64. */
export function encodeOrder(order: Order): string {
  if (!('publish' in order)) return JSON.stringify(order);
  const toBase64 = (envelope: Envelope) => ({ ...envelope, body: Buffer.from(envelope.body).toString('base64') });
  return JSON.stringify({ publish: order.publish.map(toBase64) });
}

export function decodeOrder(line: string): Order {
  const order = JSON.parse(line) as Order;
  if (!('publish' in order)) return order;
  const fromBase64 = (envelope: Envelope) => ({ ...envelope, body: Buffer.from(String(envelope.body), 'base64') });
  return { publish: order.publish.map(fromBase64) };
}
