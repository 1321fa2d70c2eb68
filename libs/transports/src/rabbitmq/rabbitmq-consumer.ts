import type { ChannelModel } from 'amqplib';
import { TransportError, type Consumer } from '#messaging';
import { pause } from '../pause.js';
import { LaneKeeper } from './lane-keeper.js';
import type { LaneParts } from './lane-session.js';
import { NOTHING_IN_HAND, type InHand } from './presence.js';

export interface ConsumerParts extends Omit<LaneParts, 'lane'> {
  readonly random: () => number;
  /** Whether this instance takes lanes. Calls `own` back when that changes what it owns. */
  readonly onTakes: (takes: boolean) => void;
}

/** The lanes that this instance owns, each held and pumped on its own. */
export class RabbitmqConsumer implements Consumer {
  readonly #onTakes: (takes: boolean) => void;
  readonly #keepers: readonly LaneKeeper[];
  readonly #stopped = Promise.withResolvers<void>();
  #wanted: 'running' | 'paused' | 'stopped' = 'running';
  #owned: ReadonlySet<number> = new Set();
  #stopping: Promise<void> | undefined;

  constructor({ random, onTakes, ...parts }: ConsumerParts) {
    this.#onTakes = onTakes;
    const lanes = Array.from({ length: parts.topology.lanes }, (_, lane) => lane);
    this.#keepers = lanes.map((lane) => new LaneKeeper({ ...parts, lane }, random));
  }

  /** Resolves when `stop` is done: from then on this consumer advances nothing. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  get inHand(): InHand {
    const held = this.#keepers.flatMap(({ session }, lane) =>
      session && session.count > 0 ? [{ session, lane }] : [],
    );
    if (held.length === 0) return NOTHING_IN_HAND;
    const times = held.flatMap(({ session: { oldestAtMs } }) => (oldestAtMs === undefined ? [] : [oldestAtMs]));
    return {
      lanes: held.map(({ session, lane }) => [lane, session.count]),
      bytes: held.reduce((sum, { session }) => sum + session.bytes, 0),
      oldestAtMs: times.length === 0 ? null : Math.min(...times),
    };
  }

  /** Begins to take lanes, over this connection and every later one. */
  start(model: ChannelModel | undefined): void {
    this.attach(model);
    this.#onTakes(true);
  }

  attach(model: ChannelModel | undefined): void {
    for (const keeper of this.#keepers) keeper.attach(model);
  }

  own(lanes: ReadonlySet<number>): void {
    const before = this.#owned;
    this.#owned = lanes;
    if (this.#wanted !== 'running') return;
    for (const [lane, keeper] of this.#keepers.entries()) {
      if (lanes.has(lane) !== before.has(lane)) keeper.want(lanes.has(lane));
    }
  }

  async pause(): Promise<void> {
    if (this.#wanted === 'stopped') return this.#stopping;
    this.#wanted = 'paused';
    await this.#letGo();
  }

  async resume(): Promise<void> {
    if (this.#wanted === 'stopped') throw new TransportError('The consumer was stopped. Call consume again.');
    if (this.#wanted === 'running') return;
    this.#wanted = 'running';
    this.#onTakes(true);
  }

  stop(deadlineMs: number): Promise<void> {
    return (this.#stopping ??= this.#stop(deadlineMs));
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#wanted = 'stopped';
    const settled = new AbortController();
    void this.#letGo().then(() => settled.abort());
    await pause(deadlineMs, settled.signal);
    for (const keeper of this.#keepers) keeper.end();
    this.#stopped.resolve();
  }

  async #letGo(): Promise<void> {
    this.#onTakes(false);
    for (const keeper of this.#keepers) keeper.want(false);
    await Promise.all(this.#keepers.map(({ free }) => free));
  }
}
