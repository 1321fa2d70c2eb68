import { TransportError } from '#messaging';
import { exclusiveSource } from './broker-kind.js';
import type { Depth } from './depth.js';
import { Inquiry } from './inquiry.js';
import { queue, type Topology } from './topology.js';
import { onceSendable, type Wire } from './wire.js';

const STATISTICS = 'ActiveMQ.Statistics.Destination.';
const BROKER_STATISTICS = 'ActiveMQ.Statistics.Broker';
const WITH_TIME = { 'ActiveMQ.Statistics.Destination.Include.First.Message.Timestamp': 'true' };
/** What the probe sends: any two consumers that share would both have some. */
const PROBES = 4;
const PROBE_MS_MAX = 5_000;

/** A Classic: its statistics plugin tells how much waits, and a probe whether it lets one consumer in at a time. */
export class Classic {
  readonly #inquiry: Inquiry;
  readonly #topology: Topology;
  /** Whether it has the plugin. Without it the questions lie in queues of their own, until they are too old. */
  readonly #tells: Promise<boolean>;

  private constructor(inquiry: Inquiry, topology: Topology) {
    this.#inquiry = inquiry;
    this.#topology = topology;
    this.#tells = inquiry.ask({ to: BROKER_STATISTICS, body: '' }).then(
      () => true,
      () => false,
    );
  }

  /** Each answer may take that long. */
  static async at(wire: Wire, topology: Topology, answerMsMax: number): Promise<Classic> {
    return new Classic(await Inquiry.open(wire, {}, answerMsMax), topology);
  }

  /** What each lane holds; undefined where the broker has no statistics plugin. */
  async depths(): Promise<Depth[] | undefined> {
    if (!(await this.#tells)) return undefined;
    return Promise.all(Array.from({ length: this.#topology.lanes }, (_, lane) => this.#depthOf(lane)));
  }

  async #depthOf(lane: number): Promise<Depth> {
    const told = await Promise.all(this.#topology.queuesOf(lane).map((name) => this.#statisticsOf(name)));
    const times = told.flatMap(({ firstMessageTimestamp: time }) =>
      typeof time === 'number' && time > 0 ? [time] : [],
    );
    return {
      count: told.reduce((sum, { size }) => sum + Number(size), 0),
      bytes: told.reduce((sum, { size, averageMessageSize }) => sum + Number(size) * Number(averageMessageSize), 0),
      oldestAtMs: times.length === 0 ? null : Math.min(...times),
    };
  }

  async #statisticsOf(name: string): Promise<Record<string, unknown>> {
    const question = { to: STATISTICS + name, application_properties: WITH_TIME, body: '' };
    return ((await this.#inquiry.ask(question)).body ?? {}) as Record<string, unknown>;
  }
}

/** The lanes' queues are made by their senders; of a queue that nobody has made the plugin tells nothing. Rejects with an `AmqpError`. */
export async function makeInbox(wire: Wire, { inbox }: Topology): Promise<void> {
  const sender = await wire.openSender(queue(inbox), 1);
  sender.session.close();
}

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
  const timer = setTimeout(resolve, PROBE_MS_MAX);
  await Promise.race([done, wire.lost]);
  clearTimeout(timer);
  for (const link of [sender, ...links, own]) link.session.close();
  if (wire.isLost || received.includes(PROBES)) return;
  const text = `The broker serves several consumers that each want a queue alone (${received.join(' and ')} of ${PROBES} messages), so no order would hold. Use ActiveMQ Classic 5.19 or later, or set TRANSPORT to another broker.`;
  throw new TransportError(text, { setting: 'ACTIVEMQ_URLS' });
}
