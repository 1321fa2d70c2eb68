import type { Receiver } from 'rhea';
import { TransportError } from '#messaging';
import { queue, type Topology } from './topology.js';
import { AmqpError, onceSendable, type Wire } from './wire.js';

/** More marks than processes that start an installation at the same moment. */
const MARKS_MAX = 64;

/** Rejects with a `TransportError` when the queue at the broker has another number of lanes. The first mark there counts. */
export async function verifyLaneCount(wire: Wire, topology: Topology): Promise<void> {
  const { laneCountMark: name, lanes } = topology;
  if ((await marks(wire, name)).length === 0) await leaveMark(wire, name, lanes);
  const [first] = await marks(wire, name);
  if (first === undefined || first === String(lanes)) return;
  const prefix = name.slice(0, -'.lanes'.length);
  const text = `The queue '${prefix}' has ${first} lanes at the broker, and LANES is ${lanes}. Set LANES back, or ACTIVEMQ_PREFIX to a new name.`;
  throw new TransportError(text, { setting: 'LANES' });
}

/** All that lie there, which stay. */
async function marks(wire: Wire, name: string): Promise<string[]> {
  const link = await wire.openReceiver({ ...queue(name), distribution_mode: 'copy' }, MARKS_MAX);
  const found: string[] = [];
  link.on('message', ({ message }) => found.push(String(message?.application_properties?.['lanes'])));
  await drained(link, wire);
  link.session.close();
  return found;
}

async function drained(link: Receiver, wire: Wire): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  link.once('receiver_drained', () => resolve());
  link.add_credit(MARKS_MAX);
  link.drain_credit();
  await wire.unlessLost(promise);
}

async function leaveMark(wire: Wire, name: string, lanes: number): Promise<void> {
  const sender = await wire.openSender(queue(name), 1);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  sender.once('accepted', () => resolve());
  sender.once('rejected', () => reject(new AmqpError('', `the broker does not take a message in ${name}`)));
  const mark = { durable: true, application_properties: { lanes: String(lanes) }, body: '' };
  onceSendable(sender, () => sender.send(mark));
  await wire.unlessLost(promise);
  sender.session.close();
}
