import { PublishError, type Backlog, type Envelope, type TransportError } from '#messaging';
import { Hold, type Member } from './hold.js';
import { MemoryLane } from './memory-lane.js';

/** What the broker tells a transport that is connected to it. */
export interface Connection {
  connected(): void;
  disconnected(reason: string): void;
  hear(notice: Uint8Array): void;
}

/**
 * One queue in memory. It outlives the transports on it, so several of them, one after the other or side by side, stand
 * for several processes on one broker.
 */
export class MemoryBroker {
  readonly lanes: readonly MemoryLane[];
  /** Faults: why nobody may open, and why nothing is stored, for as long as they are set. */
  openRefusal: TransportError | undefined;
  storeRefusal: PublishError | undefined;
  readonly #countMax: number | null;
  readonly #connections = new Set<Connection>();
  readonly #members = new Set<Member>();
  readonly #holds = new Map<MemoryLane, Hold>();
  #ownership = 0;
  #running = true;

  constructor(lanes: number, countMax: number | null = null) {
    this.lanes = Array.from({ length: lanes }, (_, number) => new MemoryLane(number));
    this.#countMax = countMax;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Stops answering. What is stored stays, as on a disk. */
  stop(): void {
    this.#running = false;
    for (const connection of this.#connections) connection.disconnected('The broker was stopped.');
  }

  start(): void {
    this.#running = true;
    for (const connection of this.#connections) connection.connected();
  }

  connect(connection: Connection): void {
    this.#connections.add(connection);
  }

  disconnect(connection: Connection): void {
    this.#connections.delete(connection);
  }

  store(envelope: Envelope): void {
    if (this.storeRefusal) throw this.storeRefusal;
    const lane = this.lanes[envelope.lane];
    if (!lane) {
      throw new PublishError('not-stored', 'unroutable', `Lane ${envelope.lane} is not one of ${this.lanes.length}.`);
    }
    if (this.#countMax !== null && this.#count() >= this.#countMax) {
      throw new PublishError('not-stored', 'overloaded', `The queue holds ${this.#countMax} commands and is full.`);
    }
    lane.store(envelope);
  }

  broadcast(notice: Uint8Array): void {
    for (const connection of this.#connections) connection.hear(notice);
  }

  /** From now on the member is given its share of the lanes. */
  join(member: Member): void {
    this.#members.add(member);
    this.assign();
  }

  /** Recalls the member's lanes: others get each one when the batch that runs on it has ended. */
  leave(member: Member): void {
    this.#members.delete(member);
    this.assign();
  }

  /** Revokes the member's lanes, and returns the holds that it lost. */
  expel(member: Member): Hold[] {
    this.#members.delete(member);
    const lost = [...this.#holds.values()].filter((hold) => hold.member === member);
    for (const hold of lost) this.release(hold);
    this.assign();
    return lost;
  }

  release(hold: Hold): void {
    hold.revoke();
    if (this.#holds.get(hold.lane) !== hold) return;
    this.#holds.delete(hold.lane);
    this.assign();
  }

  /** Gives every free lane to its member, and recalls those that are another's share now. */
  assign(): void {
    const members = [...this.#members];
    for (const lane of this.lanes) {
      const heir = members[lane.number % members.length];
      const hold = this.#holds.get(lane);
      if (hold && hold.member !== heir) hold.recall();
      if (hold || !heir) continue;
      const next = new Hold(lane, heir, ++this.#ownership, (ended) => this.release(ended));
      this.#holds.set(lane, next);
      heir.take(next);
    }
  }

  backlog(): Backlog {
    const entries = this.lanes.flatMap((lane) => [...lane.waiting()]);
    const oldest = this.lanes.flatMap((lane) => lane.oldest?.storedAtMs ?? []);
    return {
      count: { value: entries.length, exact: true },
      bytes: { value: entries.reduce((sum, { bytes }) => sum + bytes, 0), exact: true },
      oldestAtMs: { value: oldest.length > 0 ? Math.min(...oldest) : null, exact: true },
      lanes: this.lanes.map((lane) => lane.count),
      countMax: this.#countMax,
      bytesMax: null,
    };
  }

  #count(): number {
    return this.lanes.reduce((sum, lane) => sum + lane.count, 0);
  }
}
