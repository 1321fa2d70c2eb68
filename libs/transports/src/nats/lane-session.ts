import type { Msg } from '@nats-io/transport-node';
import type { ConsumeOptions, OnBatch } from '#messaging';
import type { LaneItem } from '../lane-hold.js';
import type { LaneTenure } from '../lane-keeper.js';
import { LanePump } from '../lane-pump.js';
import { PushedLane } from '../pushed-lane.js';
import type { NatsLine } from './endpoint.js';
import { LaneLease } from './lane-lease.js';
import { LaneReader } from './lane-reader.js';
import { LaneTrim } from './lane-trim.js';
import { deliveryOf } from './message.js';
import type { Topology } from './topology.js';

export interface LaneParts {
  readonly line: NatsLine;
  /** By which the lane is held. */
  readonly leaseLine: NatsLine;
  readonly topology: Topology;
  readonly lane: number;
  /** Who this process is, in the leases. */
  readonly holder: string;
  readonly bodyBytesMax: number;
  readonly options: ConsumeOptions;
  readonly onBatch: OnBatch;
  readonly nextOwnership: () => number;
}

interface NatsItem extends LaneItem {
  readonly sequence: number;
}

/** One taking-over of a lane: from the wish for its lease to the end of that lease, or of the connection. */
export class LaneSession implements LaneTenure {
  readonly #parts: LaneParts;
  readonly #intake: PushedLane<NatsItem>;
  readonly #taking = new AbortController();
  readonly #lost = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  #pump: LanePump<NatsItem> | undefined;
  #running: Promise<void> | undefined;
  #lease: LaneLease | undefined;
  #reader: LaneReader | undefined;
  #trim: LaneTrim | undefined;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#intake = new PushedLane(parts.options);
    for (const line of [parts.line, parts.leaseLine]) {
      const unwatch = line.watchLost(() => this.abandon());
      void this.#gone.promise.then(unwatch);
    }
    void this.#live().finally(() => this.abandon());
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  get settled(): Promise<void> {
    return this.gone.then(() => this.#running);
  }

  release(): void {
    this.#taking.abort();
    this.#pump?.wake();
  }

  abandon(): void {
    if (this.#lost.signal.aborted) return;
    this.#lost.abort();
    this.#taking.abort();
    this.#reader?.close();
    this.#trim?.end();
    void this.#lease?.release();
    this.#intake.clear();
    this.#pump?.wake();
    this.#gone.resolve();
  }

  /** Ends when the lane is given back; what goes wrong before ends it too, and it is tried again by another session. */
  async #live(): Promise<void> {
    try {
      const { line, leaseLine, topology, lane, holder } = this.#parts;
      const { connection } = line;
      const lease = { connection: leaseLine.connection, topology, lane, holder };
      this.#lease = await LaneLease.take(lease, this.#taking.signal);
      if (!this.#lease) return;
      void this.#lease.lost.then(() => this.abandon());
      const holds = () => this.#lease?.holds === true;
      this.#trim = new LaneTrim({ connection, stream: topology.streamOf(lane), holds });
      await this.#read();
      await this.#running;
      // Whoever takes the lane next begins after all that was settled here.
      await this.#trim.done;
      if (!this.#lost.signal.aborted) await this.#lease.release();
    } catch {
      // The connection's supervisor tells of what ails it; here it is only tried again.
    }
  }

  async #read(): Promise<void> {
    const { line, topology, lane, options, onBatch, nextOwnership } = this.#parts;
    if (this.#taking.signal.aborted) return;
    const takeover = { ownership: nextOwnership(), taking: this.#taking.signal, lost: this.#lost.signal };
    const advance = (items: readonly NatsItem[]) => this.#advance(items);
    this.#pump = new LanePump({ lane, intake: this.#intake, onBatch, takeover, advance });
    this.#reader = await LaneReader.open({
      connection: line.connection,
      topology,
      lane,
      countMax: options.prefetch,
      onMessage: (...message) => this.#arrived(...message),
      onBroken: () => this.abandon(),
    });
    if (this.#lost.signal.aborted) this.#reader.close();
    else this.#running = this.#pump.run();
  }

  #arrived(message: Msg, sequence: number, storedMs: number): void {
    const { lane, bodyBytesMax } = this.#parts;
    const delivery = deliveryOf(message, lane, storedMs, bodyBytesMax);
    this.#intake.add({ delivery, bytes: message.data.byteLength, sequence });
    this.#pump?.wake();
  }

  #advance(items: readonly NatsItem[]): void {
    const last = items.at(-1);
    // A process that was halted may not have noticed that its lease ran out.
    if (!last || !this.#lease?.holds) return this.abandon();
    this.#trim?.upTo(last.sequence);
    this.#reader?.settled(items.length);
  }
}
