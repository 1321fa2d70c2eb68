import { PublishError, type Envelope } from '#messaging';
import { pause } from '../pause.js';
import { PendingPublish } from '../pending-publish.js';
import { LaneSender } from './lane-sender.js';
import { queue, type Topology } from './topology.js';
import type { Wire } from './wire.js';

/** How long publishes wait for a connection that was lost a moment ago. */
const RECONNECT_WAIT_MS = 1_000;
/** More wait for their turn than are under way, by this factor; beyond it is refused at once. */
const WAITING_PER_IN_FLIGHT = 4;
const OVERLOADED_RETRY_AFTER_MS = 1_000;
/** A broker that answers nothing for so long takes nothing in, and a lane without credit is full. */
const STALL_MS = 5_000;
const LOOK_MS = 500;
/** Memory or disk is freed by somebody: sooner than this is rare. */
const BLOCKED_RETRY_AFTER_MS = 5_000;

export interface PublisherOptions {
  readonly topology: Topology;
  /** The most publishes that were sent and are not answered, and the bytes of their bodies. */
  readonly inFlightCountMax: number;
  readonly inFlightBytesMax: number;
  /** A link broke while its connection stands. */
  readonly onBroken: (reason: string) => void;
  /** The broker takes nothing in, or does again. */
  readonly onBlocked: (blocked: boolean) => void;
}

/** Publishes in the order of the calls within each lane, and settles each by what the broker answers. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #lanes: readonly LaneSender[];
  #waitingCount = 0;
  #waitingBytes = 0;
  #inFlightCount = 0;
  #inFlightBytes = 0;
  #heardAtMs = 0;
  #wire: Wire | undefined;
  /** Which lane is the next to send, so that none starves while others flow. */
  #turn = 0;
  #lookTimer: NodeJS.Timeout | undefined;
  #blockedBecause: string | undefined;
  #awayTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #unsettled = 0;
  #onNoneLeft: () => void = () => undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const onFreed = (pending: PendingPublish) => this.#freed(pending);
    const onCredit = () => this.#sendWaiting();
    const { onBroken } = options;
    const lanes = Array.from({ length: options.topology.lanes }, (_, lane) => lane);
    this.#lanes = lanes.map((lane) => new LaneSender({ lane, onFreed, onCredit, onBroken }));
  }

  /** Goes on over this connection. Rejects with an `AmqpError`. */
  async attach(wire: Wire): Promise<void> {
    const { topology, inFlightCountMax } = this.#options;
    const opening = this.#lanes.map((_, lane) => wire.openSender(queue(topology.queueOf(lane)), inFlightCountMax));
    for (const [lane, link] of (await Promise.all(opening)).entries()) this.#lanes[lane]!.attach(link);
    clearTimeout(this.#awayTimer);
    this.#awayTimer = undefined;
    this.#wire = wire;
    wire.onDrained(() => this.#sendWaiting());
    this.#lookTimer = setInterval(() => this.#look(), LOOK_MS);
    wire.onLost(() => this.#lost());
    this.#sendWaiting();
  }

  /** What was under way may be stored or not. */
  #lost(): void {
    this.#wire = undefined;
    clearInterval(this.#lookTimer);
    for (const lane of this.#lanes) lane.interrupt('The connection was lost before the broker accepted.');
    this.#block(undefined);
    if (this.#closed) return;
    this.#awayTimer = setTimeout(() => {
      this.#awayTimer = undefined;
      this.#refuseWaiting((pending) => pending.notStored('unavailable', AWAY));
    }, RECONNECT_WAIT_MS);
  }

  publish(envelope: Envelope, deadlineMs: number): Promise<void> {
    const refusal = this.#refusal(envelope);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      this.#unsettled += 1;
      const pending = new PendingPublish(envelope, deadlineMs, this.#onDeadline, (error) => {
        this.#unsettled -= 1;
        if (this.#unsettled === 0) this.#onNoneLeft();
        if (error) reject(error);
        else resolve();
      });
      this.#laneOf(envelope).waiting.add(pending);
      this.#waitingCount += 1;
      this.#waitingBytes += pending.bytes;
      this.#sendFrom(this.#laneOf(envelope));
    });
  }

  /** Takes no more, and gives those under way until the deadline. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    if (this.#unsettled > 0) {
      const noneLeft = new AbortController();
      this.#onNoneLeft = () => noneLeft.abort();
      await pause(deadlineMs, noneLeft.signal);
    }
    clearTimeout(this.#awayTimer);
    clearInterval(this.#lookTimer);
    this.#refuseWaiting((pending) => pending.notStored('closed', 'The transport was closed before its turn came.'));
    for (const lane of this.#lanes) lane.interrupt('The transport was closed before the broker accepted.');
  }

  #refusal(envelope: Envelope): PublishError | undefined {
    if (this.#closed) return new PublishError('not-stored', 'closed', 'The transport is closed.');
    if (this.#blockedBecause !== undefined) {
      return new PublishError('not-stored', 'overloaded', this.#blockedBecause, BLOCKED);
    }
    if (!this.#wire && !this.#awayTimer) return new PublishError('not-stored', 'unavailable', AWAY);
    if (this.#laneOf(envelope).starvedMs > STALL_MS) {
      return new PublishError('not-stored', 'overloaded', NO_CREDIT, BLOCKED);
    }
    const { inFlightCountMax, inFlightBytesMax } = this.#options;
    const full =
      this.#waitingCount >= inFlightCountMax * WAITING_PER_IN_FLIGHT ||
      this.#waitingBytes + envelope.body.byteLength > inFlightBytesMax * WAITING_PER_IN_FLIGHT;
    return full ? new PublishError('not-stored', 'overloaded', OVERLOADED, SLOW) : undefined;
  }

  #laneOf({ lane }: Envelope): LaneSender {
    const found = this.#lanes[lane];
    if (!found) throw new RangeError(`There is no lane ${lane} of ${this.#lanes.length}.`);
    return found;
  }

  #hasRoom(bytes: number): boolean {
    const { inFlightCountMax, inFlightBytesMax } = this.#options;
    return (
      this.#wire !== undefined &&
      !this.#wire.isClogged &&
      this.#inFlightCount < inFlightCountMax &&
      (this.#inFlightCount === 0 || this.#inFlightBytes + bytes <= inFlightBytesMax)
    );
  }

  #sendWaiting(): void {
    const count = this.#lanes.length;
    for (let passed = 0; passed < count && this.#waitingCount > 0; passed++) {
      const lane = this.#lanes[this.#turn % count]!;
      if (!this.#sendFrom(lane)) return;
      this.#turn += 1;
    }
  }

  /** False when there is no more room in flight. */
  #sendFrom(lane: LaneSender): boolean {
    for (const pending of lane.waiting) {
      if (!this.#hasRoom(pending.bytes)) return false;
      if (lane.credit <= 0) {
        lane.starve();
        return true;
      }
      if (this.#inFlightCount === 0) this.#heardAtMs = performance.now();
      lane.waiting.delete(pending);
      this.#leaves(pending);
      this.#inFlightCount += 1;
      this.#inFlightBytes += pending.bytes;
      lane.send(pending);
    }
    return true;
  }

  #freed(pending: PendingPublish): void {
    this.#inFlightCount -= 1;
    this.#inFlightBytes -= pending.bytes;
    this.#heardAtMs = performance.now();
    if (this.#blockedBecause !== undefined) this.#block(undefined);
    this.#sendWaiting();
  }

  /** A broker without room may just say nothing. */
  #look(): void {
    const silentMs = performance.now() - this.#heardAtMs;
    if (this.#inFlightCount > 0 && silentMs > STALL_MS) this.#block(SILENT);
    for (const lane of this.#lanes) {
      if (lane.starvedMs <= STALL_MS) continue;
      for (const pending of lane.waiting) {
        this.#leaves(pending);
        lane.waiting.delete(pending);
        pending.notStored('overloaded', NO_CREDIT, BLOCKED);
      }
    }
  }

  #block(reason: string | undefined): void {
    if (this.#blockedBecause === reason) return;
    this.#blockedBecause = reason;
    this.#wire?.block(reason);
    this.#options.onBlocked(reason !== undefined);
    if (reason !== undefined) this.#refuseWaiting((pending) => pending.notStored('overloaded', reason, BLOCKED));
  }

  readonly #onDeadline = (pending: PendingPublish): void => {
    const { waiting } = this.#laneOf(pending.envelope);
    if (!waiting.delete(pending)) return pending.unknown('timeout', 'The broker did not accept by the deadline.');
    this.#leaves(pending);
    if (this.#wire) pending.notStored('overloaded', OVERLOADED, SLOW);
    else pending.notStored('unavailable', AWAY);
  };

  #refuseWaiting(refuse: (pending: PendingPublish) => void): void {
    for (const { waiting } of this.#lanes) {
      for (const pending of waiting) {
        this.#leaves(pending);
        refuse(pending);
      }
      waiting.clear();
    }
  }

  /** It waits no more. */
  #leaves(pending: PendingPublish): void {
    this.#waitingCount -= 1;
    this.#waitingBytes -= pending.bytes;
  }
}

const AWAY = 'There is no connection to the broker.';
const OVERLOADED = 'The broker accepts too slowly for all that is published.';
const SILENT = 'The broker answers nothing that is published: it needs memory or disk, or hangs.';
const NO_CREDIT = 'The broker takes nothing more into this lane for now: it needs memory or disk.';
const SLOW = { setting: 'ACTIVEMQ_IN_FLIGHT_COUNT_MAX', retryAfterMs: OVERLOADED_RETRY_AFTER_MS };
const BLOCKED = { retryAfterMs: BLOCKED_RETRY_AFTER_MS };
