import { randomInt, randomUUID } from 'node:crypto';
import rhea, { type Message, type Receiver } from 'rhea';
import { TransportError } from '#messaging';
import { pause } from '../pause.js';
import { exclusiveSource } from './broker-kind.js';
import { queue, type Topology } from './topology.js';
import { onceSendable, onEnded, type Wire } from './wire.js';

/** How many messages a probe sends: any two consumers that share would both have some. */
const PROBES = 4;
const PROBE_MS_MAX = 5_000;
/** Nobody reads a probe that was broken off. */
const PROBE_TTL_MS = 60_000;
/** Two processes that probe the order in one queue at the same time disturb each other, so each try takes any of so many. */
const ORDER_QUEUES = 64;
const ORDER_TRIES = 5;
const AGAIN_MS_MAX = 1_000;

/** Rejects with a `TransportError` where two consumers that each want a queue alone are both served. */
export async function verifyExclusive(wire: Wire): Promise<void> {
  const own = await wire.openReceiver({ dynamic: true, capabilities: ['temporary-queue'] }, 1);
  const { address } = own.source;
  const received = [0, 0];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const links = await Promise.all(
    received.map(async (_, index) => {
      const receiver = await wire.openReceiver(exclusiveSource('Classic', address), PROBES);
      receiver.on('message', ({ delivery }) => {
        delivery?.accept();
        received[index]! += 1;
        if (received[0]! + received[1]! === PROBES) resolve();
      });
      return receiver;
    }),
  );
  for (const link of links) link.add_credit(PROBES);
  const sender = await wire.openSender({ address }, PROBES);
  onceSendable(sender, () => {
    for (let probe = 0; probe < PROBES; probe++) sender.send({ body: String(probe) });
  });
  await untilDone(done, wire);
  for (const link of [sender, ...links, own]) link.session.close();
  if (wire.isLost || received.includes(PROBES)) return;
  const text = `The broker serves several consumers that each want a queue alone (${received.join(' and ')} of ${PROBES} messages), so no order would hold. Use ActiveMQ Classic 5.19 or later, or set TRANSPORT to another broker.`;
  throw new TransportError(text, { setting: 'ACTIVEMQ_URLS' });
}

/**
 * Rejects with a `TransportError` where what several consumers in turn have given back comes in another order than before,
 * which Classic does unless it is told otherwise.
 */
export async function verifyOrderGivenBack(wire: Wire, { orderProbe }: Topology): Promise<void> {
  for (let tried = 0; tried < ORDER_TRIES && !wire.isLost; tried++) {
    if (tried > 0) await pause(randomInt(AGAIN_MS_MAX), new AbortController().signal);
    if (await keepsOrder(wire, `${orderProbe}.${randomInt(ORDER_QUEUES)}`)) return;
  }
  if (wire.isLost) return;
  const text = `The broker changes the order of what consumers give back, so no order would hold when a lane moves. Set strictOrderDispatch="true" in the policyEntry of its queues (${orderProbe.replace(/[^.]*$/, '>')}).`;
  throw new TransportError(text, { setting: 'ACTIVEMQ_URLS' });
}

/** One consumer takes all and one takes half, and both give back: what does a third get? */
async function keepsOrder(wire: Wire, name: string): Promise<boolean> {
  const probe = randomUUID();
  const sent = Array.from({ length: PROBES }, (_, index) => String(index));
  const sender = await wire.openSender(queue(name), PROBES);
  onceSendable(sender, () => {
    for (const body of sent) sender.send({ body, correlation_id: probe, ttl: PROBE_TTL_MS });
  });
  await takeFrom(wire, name, probe, PROBES, false);
  await takeFrom(wire, name, probe, PROBES / 2, false);
  const taken = await takeFrom(wire, name, probe, PROBES, true);
  sender.session.close();
  return taken.join() === sent.join();
}

/** As many as come of those that the probe has sent, given back or accepted; resolves when the broker has closed the link. */
async function takeFrom(wire: Wire, name: string, probe: string, count: number, accepting: boolean): Promise<string[]> {
  const taken: string[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const own = rhea.filter.selector(`JMSCorrelationID = '${probe}'`);
  const link: Receiver = await wire.openReceiver({ ...queue(name), filter: own }, count);
  link.on('message', ({ message, delivery }: { message?: Message; delivery?: { accept(): void } }) => {
    taken.push(String(message?.body));
    if (accepting) delivery?.accept();
    if (taken.length === count) resolve();
  });
  link.add_credit(count);
  await untilDone(done, wire);
  const closed = new Promise<void>((end) => onEnded(link, () => end()));
  link.close();
  await Promise.race([closed, wire.lost]);
  return taken;
}

/** Or until it takes too long, or the connection is lost. */
async function untilDone(done: Promise<void>, wire: Wire): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PROBE_MS_MAX);
  await Promise.race([done, late, wire.lost]);
  clearTimeout(timer);
}
