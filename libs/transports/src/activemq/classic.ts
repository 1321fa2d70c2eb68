import type { Depth } from './depth.js';
import { Inquiry } from './inquiry.js';
import { queue, type Topology } from './topology.js';
import type { Wire } from './wire.js';

const STATISTICS = 'ActiveMQ.Statistics.Destination.';
const BROKER_STATISTICS = 'ActiveMQ.Statistics.Broker';
const WITH_TIME = { 'ActiveMQ.Statistics.Destination.Include.First.Message.Timestamp': 'true' };

/** A Classic by its statistics plugin, which tells how much waits. */
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
