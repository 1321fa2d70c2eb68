import { HealthSignal, type HealthState } from '#messaging';
import { SupervisedConnection, type Endpoint, type Line } from './supervised-connection.js';

export interface PairParts<Connection extends Line> {
  readonly endpoints: readonly Endpoint<Connection>[];
  readonly setUpPublishing: (line: Connection) => Promise<void>;
  readonly setUpConsuming: (line: Connection) => Promise<void>;
  /** Who consumes or listens is attached in the step that shows the connection, so that nobody falls between the two. */
  readonly onConsumingUp: (line: Connection) => void;
  readonly onConsumingDown: () => void;
  /** Further ones, opened, closed and told of together with the two. */
  readonly beside?: readonly SupervisedConnection<Connection>[];
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * Two connections, since a broker that takes nothing in stops to read a whole connection: what is published must not hold
 * up what is acknowledged. Nothing is ever published on the one for consuming.
 */
export class ConnectionPair<Connection extends Line> {
  /** The worst of all. */
  readonly health = new HealthSignal();
  readonly publishing: SupervisedConnection<Connection>;
  readonly consuming: SupervisedConnection<Connection>;
  readonly #all: readonly SupervisedConnection<Connection>[];

  constructor(parts: PairParts<Connection>) {
    const { endpoints, setUpPublishing, setUpConsuming, onConsumingUp, onConsumingDown, random, beside = [] } = parts;
    this.publishing = new SupervisedConnection({ purpose: 'publishing', endpoints, setUp: setUpPublishing, random });
    this.consuming = new SupervisedConnection({
      purpose: 'consuming',
      endpoints,
      setUp: setUpConsuming,
      onUp: onConsumingUp,
      onDown: onConsumingDown,
      random,
    });
    this.#all = [this.publishing, this.consuming, ...beside];
    for (const { health } of this.#all) health.watch(() => this.#tellHealth());
  }

  /** Resolves when all stand; rejects as `SupervisedConnection.start` does. */
  async open(): Promise<void> {
    try {
      await Promise.all(this.#all.map((connection) => connection.start()));
    } catch (error) {
      this.health.set({ status: 'down', reason: (error as Error).message });
      throw error;
    }
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all(this.#all.map((connection) => connection.close(deadlineMs)));
  }

  #tellHealth(): void {
    const states = this.#all.map(({ health }) => health.state);
    const worst = states.find(isDown) ?? states.find(isBlocked);
    this.health.set(worst ?? states.find(({ reason }) => reason !== undefined) ?? { status: 'up' });
  }
}

const isDown = ({ status }: HealthState): boolean => status === 'down';
const isBlocked = ({ status }: HealthState): boolean => status === 'blocked';
