import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { ConsumeOptions, Delivery, OnBatch } from '#messaging';
import type { LaneItem } from '../lane-hold.js';
import { LanePump } from '../lane-pump.js';
import { PushedLane } from '../pushed-lane.js';
import { deliveryOf } from './message.js';
import type { Topology } from './topology.js';

export interface LaneParts {
  readonly topology: Topology;
  readonly lane: number;
  readonly options: ConsumeOptions;
  readonly onBatch: OnBatch;
  readonly nextOwnership: () => number;
}

interface RabbitItem extends LaneItem {
  readonly delivery: Delivery;
  readonly message: ConsumeMessage;
}

/**
 * One taking-over of a lane: a channel of its own, from its opening to its close. Closing it is the only way in which
 * deliveries go back, since then the broker returns them all, in order, before anyone else gets the next.
 */
export class LaneSession {
  readonly #lane: number;
  readonly #channel: Channel;
  readonly #intake: PushedLane<RabbitItem>;
  readonly #pump: LanePump<RabbitItem>;
  readonly #taking = new AbortController();
  readonly #lost = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  /** Delivered and not acknowledged, in order. */
  readonly #inHand: RabbitItem[] = [];
  #running: Promise<void> | undefined;

  private constructor(channel: Channel, { lane, options, onBatch, nextOwnership }: LaneParts) {
    this.#lane = lane;
    this.#channel = channel;
    this.#intake = new PushedLane(options);
    const takeover = { ownership: nextOwnership(), taking: this.#taking.signal, lost: this.#lost.signal };
    const advance = (items: readonly RabbitItem[]) => this.#advance(items);
    this.#pump = new LanePump({ lane, intake: this.#intake, onBatch, takeover, advance });
    channel.on('error', () => undefined);
    channel.on('close', () => this.#end());
  }

  /** Rejects as the broker does. */
  static async open(model: ChannelModel, parts: LaneParts): Promise<LaneSession> {
    const channel = await model.createChannel();
    const session = new LaneSession(channel, parts);
    try {
      await session.#start(parts);
      return session;
    } catch (error) {
      session.abandon();
      throw error;
    }
  }

  /** Resolves when the channel is closed: from then on this session advances nothing. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Resolves when, besides, no batch of it runs any more. */
  get settled(): Promise<void> {
    return this.gone.then(() => this.#running);
  }

  get count(): number {
    return this.#inHand.length;
  }

  get bytes(): number {
    return this.#inHand.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** When the first in hand was accepted; undefined where nothing is, or where it does not say. */
  get oldestAtMs(): number | undefined {
    const delivery = this.#inHand[0]?.delivery;
    return delivery?.kind === 'decoded' ? delivery.envelope.timeMs : undefined;
  }

  /** Starts no more batches; closes the channel when the running one has ended. Idempotent. */
  release(): void {
    if (this.#taking.signal.aborted) return;
    this.#taking.abort();
    this.#pump.wake();
    void this.#closeWhenSettled();
  }

  /** Gives the lane up at once, whatever runs. */
  abandon(): void {
    this.#end();
    this.#channel.close().catch(() => undefined);
  }

  async #start({ topology, lane, options }: LaneParts): Promise<void> {
    await topology.declareLane(this.#channel, lane);
    await this.#channel.prefetch(options.prefetch);
    this.#running = this.#pump.run();
    await this.#channel.consume(topology.queueOf(lane), (message) => this.#arrived(message));
  }

  async #closeWhenSettled(): Promise<void> {
    await Promise.race([this.#running, this.gone]);
    if (!this.#lost.signal.aborted) await this.#channel.close().catch(() => undefined);
  }

  #arrived(message: ConsumeMessage | null): void {
    // The broker cancels a consumer whose queue is deleted, or whose node goes down.
    if (!message) return this.abandon();
    const item = { delivery: deliveryOf(message, this.#lane), bytes: message.content.byteLength, message };
    this.#inHand.push(item);
    this.#intake.add(item);
    this.#pump.wake();
  }

  /** All of the channel up to the last: they are the oldest in hand, in order. */
  #advance(items: readonly RabbitItem[]): void {
    const last = items.at(-1);
    if (!last) return;
    this.#inHand.splice(0, items.length);
    this.#channel.ack(last.message, true);
  }

  #end(): void {
    this.#lost.abort();
    this.#taking.abort();
    this.#intake.clear();
    this.#inHand.length = 0;
    this.#pump.wake();
    this.#gone.resolve();
  }
}
