import { TransportError, type ConsumeOptions, type Consumer, type OnBatch } from '#messaging';
import type { Frame } from '#wire';
import { pause } from '../pause.js';
import { ConsumerLane } from './consumer-lane.js';
import type { Peer } from './peer.js';
import { Deliver, Offer, Revoke } from './protocol.js';

const TIMER_MS_MAX = 2 ** 31 - 1;

export interface TcpConsumerParts {
  readonly lanes: number;
  readonly options: ConsumeOptions;
  readonly onBatch: OnBatch;
  readonly nextOwnership: () => number;
  /** It begins or ends to take lanes. */
  readonly onTakes: () => void;
}

/** The lanes that gateways give to this process, each pumped on its own, so that a slow one holds no other. */
export class TcpConsumer implements Consumer {
  readonly #lanes: readonly ConsumerLane[];
  readonly #onTakes: () => void;
  #takes = true;
  #wanted: 'running' | 'paused' | 'stopped' = 'running';
  #stopping: Promise<void> | undefined;
  readonly #stopped = Promise.withResolvers<void>();

  constructor({ lanes, onTakes, ...parts }: TcpConsumerParts) {
    this.#lanes = Array.from({ length: lanes }, (_, lane) => new ConsumerLane({ ...parts, lane }));
    this.#onTakes = onTakes;
  }

  /** Whether gateways may give it lanes. */
  get takes(): boolean {
    return this.#takes;
  }

  /** Resolves when `stop` is done: from then on this consumer settles nothing. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  async pause(): Promise<void> {
    if (this.#wanted === 'running') this.#wanted = 'paused';
    this.#giveBack();
    await this.#ended();
  }

  async resume(): Promise<void> {
    if (this.#wanted === 'stopped') throw new TransportError('The consumer was stopped. Call consume again.');
    this.#wanted = 'running';
    if (this.#takes) return;
    await this.#ended();
    // Another call may have paused, stopped or resumed meanwhile.
    if (this.#wanted !== 'running' || this.#takes) return;
    this.#takes = true;
    for (const lane of this.#lanes) lane.take();
    this.#onTakes();
  }

  stop(deadlineMs: number): Promise<void> {
    return (this.#stopping ??= this.#stop(deadlineMs));
  }

  /** A frame of a gateway. */
  take(peer: Peer, frame: Frame): void {
    switch (frame.kind) {
      case Offer.kind: {
        const offer = Offer.read(frame);
        return this.#lane(offer.lane).offered(peer, offer);
      }
      case Deliver.kind: {
        const head = Deliver.read(frame);
        return this.#lane(head.lane).delivered(peer, head, frame.body);
      }
      case Revoke.kind: {
        const given = Revoke.read(frame);
        return this.#lane(given.lane).revoked(peer, given);
      }
    }
  }

  /** The peer's link is gone. */
  lose(peer: Peer): void {
    for (const lane of this.#lanes) lane.lost(peer);
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#wanted = 'stopped';
    this.#giveBack();
    const settled = new AbortController();
    void this.#ended().then(() => settled.abort());
    await pause(Math.min(deadlineMs, TIMER_MS_MAX), settled.signal);
    for (const lane of this.#lanes) lane.abandon();
    this.#stopped.resolve();
  }

  #giveBack(): void {
    const took = this.#takes;
    this.#takes = false;
    if (took) this.#onTakes();
    for (const lane of this.#lanes) lane.giveBack();
  }

  async #ended(): Promise<void> {
    await Promise.all(this.#lanes.map(({ ended }) => ended));
  }

  #lane(lane: number): ConsumerLane {
    const found = this.#lanes[lane];
    if (!found) throw new TransportError(`There is no lane ${lane} among ${this.#lanes.length}. Set the same LANES.`);
    return found;
  }
}
