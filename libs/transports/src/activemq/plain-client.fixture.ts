import { connect } from 'node:net';
import type { Message } from 'rhea';
import { Inquiry } from './inquiry.js';
import { queue } from './topology.js';
import { Wire } from './wire.js';

/** On a connection of a client that is no transport. */
export async function onWire<Value>(url: string, use: (wire: Wire) => Promise<Value>): Promise<Value> {
  const { hostname: host, port, username, password } = new URL(url);
  const never = new AbortController().signal;
  const socket = () => connect({ host, port: Number(port), noDelay: true });
  const timing = { heartbeatMs: 10_000, connectMs: 10_000 };
  const wire = await Wire.dial(
    { host, socket, purpose: 'a test', ...timing, username, password, external: false },
    never,
  );
  try {
    return await use(wire);
  } finally {
    wire.goodbye();
    await wire.lost;
  }
}

/** Has an Artemis carry an operation out. */
export function manage(url: string, operation: string, ...parameters: unknown[]): Promise<Message> {
  return onWire(url, async (wire) => {
    const inquiry = await Inquiry.open(wire, queue('activemq.management'), 20_000);
    const what = { _AMQ_ResourceName: 'broker', _AMQ_OperationName: operation };
    return inquiry.ask({ application_properties: what, body: JSON.stringify(parameters) });
  });
}
