import { TransportError, type Consumer } from '#messaging';
import { LaneKeeper, type LaneTenure } from './lane-keeper.js';
import { pause } from './pause.js';

export interface LanesConsumerParts<Connection, Session extends LaneTenure> {
  readonly lanes: number;
  readonly open: (connection: Connection, lane: number) => Promise<Session>;
  /** In [0, 1). */
  readonly random: () => number;
  /** Whether this instance takes lanes. Calls `own` back when that changes what it owns. */
  readonly onTakes: (takes: boolean) => void;
}

/** The lanes that this instance owns, each held and pumped on its own. */
export class LanesConsumer<Connection, Session extends LaneTenure> implements Consumer {
  readonly #onTakes: (takes: boolean) => void;
  readonly #keepers: readonly LaneKeeper<Connection, Session>[];
  readonly #stopped = Promise.withResolvers<void>();
  #wanted: 'running' | 'paused' | 'stopped' = 'running';
  #owned: ReadonlySet<number> = new Set();
  #stopping: Promise<void> | undefined;

  constructor({ lanes, open, random, onTakes }: LanesConsumerParts<Connection, Session>) {
    this.#onTakes = onTakes;
    const keeperOf = (lane: number) => new LaneKeeper((connection: Connection) => open(connection, lane), random);
    this.#keepers = Array.from({ length: lanes }, (_, lane) => keeperOf(lane));
  }

  /** Resolves when `stop` is done: from then on this consumer advances nothing. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  /** By lane, of those that are held now. */
  get sessions(): readonly (readonly [lane: number, session: Session])[] {
    return this.#keepers.flatMap(({ session }, lane) => (session ? [[lane, session] as const] : []));
  }

  /** Begins to take lanes, over this connection and every later one. */
  start(connection: Connection | undefined): void {
    this.attach(connection);
    this.#onTakes(true);
  }

  attach(connection: Connection | undefined): void {
    for (const keeper of this.#keepers) keeper.attach(connection);
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
