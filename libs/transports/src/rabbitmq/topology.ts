import type { Channel, ChannelModel } from 'amqplib';
import { TransportError } from '#messaging';

/** The routing key for senders that know nothing of lanes: persistence sends on what belongs elsewhere. */
const FOREIGN_ROUTING_KEY = 'in';
/** Brokers from 4.0 on drop a message after 20 redeliveries; here the ledger counts, and the broker never gives up. */
const DELIVERY_LIMIT = 100_000;

export interface TopologyOptions {
  readonly prefix: string;
  readonly lanes: number;
  /** The most commands that a lane holds. */
  readonly laneCountMax: number;
  readonly laneBytesMax: number;
  readonly replicas: number | undefined;
}

/** What one queue of the product is made of at the broker, and what its parts are called. */
export class Topology {
  /** Direct; the routing key is the lane. */
  readonly commands: string;
  /** Fanout: outcomes, for gateways. */
  readonly notices: string;
  /** Fanout: who is there, and what each has in hand. */
  readonly presence: string;
  readonly lanes: number;
  readonly #options: TopologyOptions;

  constructor(options: TopologyOptions) {
    this.#options = options;
    this.lanes = options.lanes;
    this.commands = `${options.prefix}.commands`;
    this.notices = `${options.prefix}.notices`;
    this.presence = `${options.prefix}.presence`;
  }

  queueOf(lane: number): string {
    return `${this.commands}.${lane}-of-${this.lanes}`;
  }

  /** A queue that stays empty: its bound is the number of lanes, so that the broker itself refuses any other number. */
  get laneCountMark(): string {
    return `${this.#options.prefix}.lanes`;
  }

  /**
   * Another that stays empty, made last: RabbitMQ (3.10, 4.0) notes which log is whose seconds later, or when it makes the
   * next queue. Killed before that, it comes up with the last one empty, whatever it had confirmed: case 2b of the kit.
   */
  get lastMark(): string {
    return `${this.#options.prefix}.last`;
  }

  /** Declares everything, which changes nothing where it is there already. Rejects when it is there, but different. */
  async declare(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    // The rejected declaration says the same.
    channel.on('error', () => undefined);
    try {
      await this.#declareAll(channel);
    } catch (error) {
      throw this.#explained(error as Error & { code?: number });
    }
    await channel.close();
  }

  async declareLane(channel: Channel, lane: number): Promise<void> {
    const { laneCountMax, laneBytesMax } = this.#options;
    const bounds = { 'x-max-length': laneCountMax, 'x-max-length-bytes': laneBytesMax };
    const single = { 'x-single-active-consumer': true, 'x-delivery-limit': DELIVERY_LIMIT };
    await this.#declareQueue(channel, this.queueOf(lane), { ...bounds, ...single });
    await channel.bindQueue(this.queueOf(lane), this.commands, String(lane));
  }

  async #declareAll(channel: Channel): Promise<void> {
    await this.#declareQueue(channel, this.laneCountMark, { 'x-max-length': this.lanes });
    await channel.assertExchange(this.commands, 'direct', { durable: true });
    await channel.assertExchange(this.notices, 'fanout', { durable: true });
    await channel.assertExchange(this.presence, 'fanout', { durable: true });
    for (let lane = 0; lane < this.lanes; lane++) await this.declareLane(channel, lane);
    await channel.bindQueue(this.queueOf(0), this.commands, FOREIGN_ROUTING_KEY);
    await this.#declareQueue(channel, this.lastMark, { 'x-max-length': 1 });
  }

  async #declareQueue(channel: Channel, queue: string, others: Readonly<Record<string, unknown>>): Promise<void> {
    const { replicas } = this.#options;
    const group = replicas === undefined ? {} : { 'x-quorum-initial-group-size': replicas };
    const kind = { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish' };
    await channel.assertQueue(queue, { durable: true, arguments: { ...kind, ...group, ...others } });
  }

  /** The broker's refusal as a sentence with the way out; any other failure unchanged. */
  #explained(error: Error & { code?: number }): Error {
    if (error.code !== PRECONDITION_FAILED) return error;
    const [, argument = 'kind', name = '', difference = ''] = DIFFERENCE.exec(error.message) ?? [];
    const { prefix } = this.#options;
    if (name === this.laneCountMark && argument === 'x-max-length') {
      const there = /current is .*?'(\d+)'/.exec(difference)?.[1] ?? 'other';
      const text = `The queue '${prefix}' has ${there} lanes at the broker, and LANES is ${this.lanes}. Set LANES back, or RABBITMQ_PREFIX to a new name.`;
      return new TransportError(text, { setting: 'LANES', cause: error });
    }
    const setting = SETTING_OF_ARGUMENT[argument];
    const way = setting === undefined ? '' : `Set ${setting} back, or d`;
    const text = `${name || 'A part of the queue'} exists with another ${argument} (${difference || error.message}). ${way || 'D'}rain the queues and delete them, or set RABBITMQ_PREFIX to a new name.`;
    return new TransportError(text, { setting: setting ?? 'RABBITMQ_PREFIX', cause: error });
  }
}

const PRECONDITION_FAILED = 406;
const DIFFERENCE = /arg '([^']+)' for (?:queue|exchange) '([^']+)' in vhost .*?: (received .*?)"?$/;

const SETTING_OF_ARGUMENT: Readonly<Record<string, string>> = {
  'x-max-length': 'RABBITMQ_LANE_COUNT_MAX',
  'x-max-length-bytes': 'RABBITMQ_LANE_BYTES_MAX',
  'x-quorum-initial-group-size': 'RABBITMQ_REPLICAS',
};
