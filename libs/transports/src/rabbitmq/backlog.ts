import type { Channel, ChannelModel } from 'amqplib';
import { TransportError, type Backlog } from '#messaging';
import type { InHand } from '../presence.js';
import type { Topology } from './topology.js';

const ANSWER_MS_MAX = 2_000;
/** Assumed of a body until the first has gone by. */
const BODY_BYTES_ASSUMED = 512;
/** How much of the mean each new body counts for. */
const BODY_BYTES_SHARE = 0.01;

/**
 * How much waits. The broker tells only what is ready at each queue, so what processes have in hand is added by their own
 * word: at most a second old, hence never exact.
 */
export class BacklogGauge {
  readonly #topology: Topology;
  readonly #bounds: { readonly countMax: number; readonly bytesMax: number };
  #channel: Promise<Channel> | undefined;
  #bodyBytesMean = BODY_BYTES_ASSUMED;
  #waitsSinceMs: number | undefined;

  /** The bounds of all lanes together. */
  constructor(topology: Topology, bounds: { countMax: number; bytesMax: number }) {
    this.#topology = topology;
    this.#bounds = bounds;
  }

  /** A body went by: the bytes that wait are estimated from those seen. */
  sawBody(bytes: number): void {
    this.#bodyBytesMean += (bytes - this.#bodyBytesMean) * BODY_BYTES_SHARE;
  }

  async read(model: ChannelModel | undefined, inHand: readonly InHand[]): Promise<Backlog> {
    const ready = await this.#ready(model);
    const lanes = [...ready];
    for (const [lane, count] of inHand.flatMap((one) => one.lanes)) lanes[lane] = (lanes[lane] ?? 0) + count;
    const count = lanes.reduce((sum, inLane) => sum + inLane, 0);
    const readyCount = ready.reduce((sum, inLane) => sum + inLane, 0);
    const inHandBytes = inHand.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      count: { value: count, exact: false },
      bytes: { value: inHandBytes + Math.round(readyCount * this.#bodyBytesMean), exact: false },
      oldestAtMs: { value: this.#oldestAtMs(count, inHand), exact: false },
      lanes: lanes.slice(0, this.#topology.lanes),
      ...this.#bounds,
    };
  }

  /** What is in hand is the oldest; where nothing is, since when something has been seen to wait. */
  #oldestAtMs(count: number, inHand: readonly InHand[]): number | null {
    if (count === 0) {
      this.#waitsSinceMs = undefined;
      return null;
    }
    this.#waitsSinceMs ??= Date.now();
    return Math.min(this.#waitsSinceMs, ...inHand.flatMap(({ oldestAtMs }) => oldestAtMs ?? []));
  }

  async #ready(model: ChannelModel | undefined): Promise<number[]> {
    if (!model) throw new TransportError('The backlog is unknown: there is no connection to the broker.');
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new TransportError(`The backlog is unknown: the broker does not answer within ${ANSWER_MS_MAX} ms.`));
    }, ANSWER_MS_MAX);
    try {
      return await Promise.race([this.#counts(model), late]);
    } catch (cause) {
      if (cause instanceof TransportError) throw cause;
      throw new TransportError(`The backlog is unknown: ${(cause as Error).message}.`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  async #counts(model: ChannelModel): Promise<number[]> {
    const channel = await this.#channelOn(model);
    const queues = Array.from({ length: this.#topology.lanes }, (_, lane) => this.#topology.queueOf(lane));
    const answers = await Promise.all(queues.map((queue) => channel.checkQueue(queue)));
    return answers.map(({ messageCount }) => messageCount);
  }

  /** A channel of its own, since the broker closes it over a queue that is missing. */
  #channelOn(model: ChannelModel): Promise<Channel> {
    return (this.#channel ??= this.#newChannel(model));
  }

  async #newChannel(model: ChannelModel): Promise<Channel> {
    try {
      const channel = await model.createChannel();
      channel.on('error', () => undefined);
      channel.on('close', () => (this.#channel = undefined));
      return channel;
    } catch (error) {
      this.#channel = undefined;
      throw error;
    }
  }
}
