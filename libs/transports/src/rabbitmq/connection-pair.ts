import type { ChannelModel } from 'amqplib';
import { HealthSignal, type HealthState } from '#messaging';
import type { Endpoint } from './endpoint.js';
import { SupervisedConnection } from './supervised-connection.js';

export interface PairParts {
  readonly endpoints: readonly Endpoint[];
  readonly setUpPublishing: (model: ChannelModel) => Promise<void>;
  readonly setUpConsuming: (model: ChannelModel) => Promise<void>;
  readonly onConsumingDown: () => void;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Two connections, since a broker that takes nothing in stops to read a whole connection: what is published must not hold
 * up what is acknowledged. Nothing is ever published on the one for consuming.
 */
export class ConnectionPair {
  /** The worse of the two. */
  readonly health = new HealthSignal();
  readonly publishing: SupervisedConnection;
  readonly consuming: SupervisedConnection;

  constructor({ endpoints, setUpPublishing, setUpConsuming, onConsumingDown, random }: PairParts) {
    this.publishing = new SupervisedConnection({ purpose: 'publishing', endpoints, setUp: setUpPublishing, random });
    this.consuming = new SupervisedConnection({
      purpose: 'consuming',
      endpoints,
      setUp: setUpConsuming,
      onDown: onConsumingDown,
      random,
    });
    for (const { health } of [this.publishing, this.consuming]) health.watch(() => this.#tellHealth());
  }

  /** Resolves when both stand; rejects as `SupervisedConnection.start` does. */
  async open(): Promise<void> {
    try {
      await Promise.all([this.publishing.start(), this.consuming.start()]);
    } catch (error) {
      this.health.set({ status: 'down', reason: (error as Error).message });
      throw error;
    }
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all([this.publishing.close(deadlineMs), this.consuming.close(deadlineMs)]);
  }

  #tellHealth(): void {
    const states = [this.publishing.health.state, this.consuming.health.state];
    this.health.set(states.find(isDown) ?? states.find(isBlocked) ?? { status: 'up' });
  }
}

const isDown = ({ status }: HealthState): boolean => status === 'down';
const isBlocked = ({ status }: HealthState): boolean => status === 'blocked';
