import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { ConsumeOptions, Delivery, OnBatch } from '#messaging';
import { Delivered } from '../delivered.js';
import type { LaneItem } from '../lane-hold.js';
import type { LaneTenure } from '../lane-keeper.js';
import { LanePump } from '../lane-pump.js';
import type { LaneInHand } from '../presence.js';
import { PushedLane } from '../pushed-lane.js';
import type { Acknowledgements } from './acknowledgements.js';
import { deliveryOf } from './message.js';
import type { Topology } from './topology.js';

export interface LaneParts {
  readonly topology: Topology;
  readonly lane: number;
  readonly options: ConsumeOptions;
  readonly onBatch: OnBatch;
  readonly nextOwnership: () => number;
  readonly acknowledgements: Acknowledgements;
}

/** What is settled is acknowledged at once when it is half of what the broker hands out unacknowledged, and else soon. */
const ACKS_PER_PREFETCH = 2;

interface RabbitItem extends LaneItem {
  readonly delivery: Delivery;
  readonly message: ConsumeMessage;
}

/**
 * One taking-over of a lane: a channel of its own, from its opening to its close. Closing it is the only way in which
 * deliveries go back, since then the broker returns them all, in order, before anyone else gets the next.
 */
export class LaneSession implements LaneTenure {
  readonly #lane: number;
  readonly #channel: Channel;
  readonly #acknowledgements: Acknowledgements;
  readonly #intake: PushedLane<RabbitItem>;
  readonly #pump: LanePump<RabbitItem>;
  readonly #taking = new AbortController();
  readonly #lost = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  readonly #inHand = new Delivered<RabbitItem>();
  /** Settled and not acknowledged yet: how many, and the last of them. */
  #settledCount = 0;
  readonly #settledMax: number;
  #lastSettled: RabbitItem | undefined;
  #running: Promise<void> | undefined;

  private constructor(channel: Channel, parts: LaneParts) {
    const { lane, options, onBatch, nextOwnership, acknowledgements } = parts;
    this.#acknowledgements = acknowledgements;
    this.#lane = lane;
    this.#channel = channel;
    this.#intake = new PushedLane(options);
    this.#settledMax = options.prefetch / ACKS_PER_PREFETCH;
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

  get inHand(): LaneInHand {
    return this.#inHand;
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
    this.#acknowledge();
    if (!this.#lost.signal.aborted) await this.#channel.close().catch(() => undefined);
  }

  #arrived(message: ConsumeMessage | null): void {
    // The broker cancels a consumer whose queue is deleted, or whose node goes down.
    if (!message) return this.abandon();
    const item = { delivery: deliveryOf(message, this.#lane), bytes: message.content.byteLength, message };
    this.#inHand.add(item);
    this.#intake.add(item);
    this.#pump.wake();
  }

  #advance(items: readonly RabbitItem[]): void {
    this.#inHand.settle(items.length);
    this.#settledCount += items.length;
    this.#lastSettled = items.at(-1);
    if (this.#settledCount >= this.#settledMax) this.#acknowledge();
    else this.#acknowledgements.soon(this.#acknowledge);
  }

  /** All of the channel up to the last one settled: they are the oldest that it was given, in order. */
  readonly #acknowledge = (): void => {
    const last = this.#lastSettled;
    this.#lastSettled = undefined;
    this.#settledCount = 0;
    if (last && !this.#lost.signal.aborted) this.#channel.ack(last.message, true);
  };

  #end(): void {
    this.#lost.abort();
    this.#taking.abort();
    this.#intake.clear();
    this.#inHand.clear();
    this.#acknowledgements.forget(this.#acknowledge);
    this.#pump.wake();
    this.#gone.resolve();
  }
}
