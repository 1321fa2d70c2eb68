import { PublishError, type Envelope } from '#messaging';
import { pause } from '../pause.js';
import { PendingPublish } from '../pending-publish.js';
import type { Cluster } from './cluster.js';
import { Courier, type Answer } from './courier.js';
import { LaneOutbox, type LaneBatch } from './lane-outbox.js';
import { errorName } from './protocol.js';
import { Producers, type Producer } from './producers.js';
import { verdictOf } from './verdict.js';

/** How long publishes wait for a cluster that was lost a moment ago. */
const RECONNECT_WAIT_MS = 1_000;
/** Before a batch is sent again that could not be stored. */
const AGAIN_MS = 100;
/** More wait for their turn than are under way, by this factor; beyond it is refused at once. */
const WAITING_PER_IN_FLIGHT = 4;
/** Of one request: the brokers take no more than 100 MiB. */
const REQUEST_BYTES_MAX = 16 * 1024 ** 2;
const OVERLOADED_RETRY_AFTER_MS = 1_000;
/** Replicas come back when a broker does: sooner than this is rare. */
const BLOCKED_RETRY_AFTER_MS = 5_000;

export interface PublisherOptions {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly lanes: number;
  /** The most publishes that were sent and are not confirmed, and the bytes of their bodies. */
  readonly inFlightCountMax: number;
  readonly inFlightBytesMax: number;
  readonly replicationMs: number;
  /** Whether so much waits in the lane that it takes no more. */
  readonly isFull: (lane: number) => boolean;
  /** The lane ends there now, as far as is known. */
  readonly onStored: (lane: number, endOffset: bigint) => void;
}

/**
 * Publishes to each lane in the order of the calls: what waits for a lane goes together, and the next batch of a lane only
 * after the broker's answer to the one before.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #outboxes: readonly LaneOutbox[];
  readonly #couriers = new Map<number, Courier>();
  readonly #producers: Producers;
  readonly #closing = new AbortController();
  #waitingCount = 0;
  #waitingBytes = 0;
  #inFlightCount = 0;
  #inFlightBytes = 0;
  #blockedBecause: string | undefined;
  #isAway = true;
  #awayTimer: NodeJS.Timeout | undefined;
  #firstLane = 0;
  #roundIsDue = false;
  #unsettled = 0;
  #onNoneLeft: () => void = () => undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#outboxes = Array.from({ length: options.lanes }, (_, lane) => new LaneOutbox(options.topic, lane));
    this.#producers = new Producers(options.cluster);
  }

  /** Whether the cluster answers, and if it does, why it takes nothing in. */
  meet(isThere: boolean, blockedBecause: string | undefined): void {
    this.#blockedBecause = blockedBecause;
    if (blockedBecause !== undefined) this.#refuseWaiting('overloaded', blockedBecause, BLOCKED);
    if (isThere) {
      clearTimeout(this.#awayTimer);
      this.#awayTimer = undefined;
      this.#isAway = false;
      return this.#soon();
    }
    if (this.#isAway || this.#awayTimer || this.#closing.signal.aborted) return;
    this.#awayTimer = setTimeout(() => {
      this.#awayTimer = undefined;
      this.#isAway = true;
      this.#refuseWaiting('unavailable', AWAY);
    }, RECONNECT_WAIT_MS);
  }

  /** Connects to every broker that leads a lane, and gets its numbers, so that the first publish goes out at once. */
  async reachLeaders(): Promise<void> {
    const { cluster, topic, lanes } = this.#options;
    const nodes = new Set(Array.from({ length: lanes }, (_, lane) => cluster.leaderOf(topic, lane)));
    const reaching = [...nodes].flatMap((node) => (node === undefined ? [] : this.#courierTo(node).reach()));
    await Promise.all([...reaching, this.#producers.current()]);
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
      this.#outboxes[envelope.lane]!.waiting.add(pending);
      this.#waitingCount += 1;
      this.#waitingBytes += pending.bytes;
      this.#soon();
    });
  }

  /** Takes no more, and gives those under way until the deadline. */
  async close(deadlineMs: number): Promise<void> {
    this.#closing.abort();
    if (this.#unsettled > 0) {
      const noneLeft = new AbortController();
      this.#onNoneLeft = () => noneLeft.abort();
      await pause(deadlineMs, noneLeft.signal);
    }
    clearTimeout(this.#awayTimer);
    this.#refuseWaiting('closed', 'The transport was closed before its turn came.');
    for (const outbox of this.#outboxes)
      this.#abandon(outbox, 'The transport was closed before the brokers confirmed.');
    for (const courier of this.#couriers.values()) courier.leave('the transport closes');
  }

  #refusal({ body, lane }: Envelope): PublishError | undefined {
    const refuse = (failure: 'closed' | 'overloaded' | 'unavailable', message: string, options = {}) =>
      new PublishError('not-stored', failure, message, options);
    if (this.#closing.signal.aborted) return refuse('closed', 'The transport is closed.');
    if (this.#blockedBecause !== undefined) return refuse('overloaded', this.#blockedBecause, BLOCKED);
    if (this.#isAway) return refuse('unavailable', AWAY);
    const { inFlightCountMax, inFlightBytesMax, isFull } = this.#options;
    if (isFull(lane)) return refuse('overloaded', `Lane ${lane} is full.`, LANE_FULL);
    const full =
      this.#waitingCount >= inFlightCountMax * WAITING_PER_IN_FLIGHT ||
      this.#waitingBytes + body.byteLength > inFlightBytesMax * WAITING_PER_IN_FLIGHT;
    return full ? refuse('overloaded', OVERLOADED, SLOW) : undefined;
  }

  /** Those who publish in the same turn go together. */
  #soon(): void {
    if (this.#roundIsDue) return;
    this.#roundIsDue = true;
    queueMicrotask(() => {
      this.#roundIsDue = false;
      this.#round();
    });
  }

  #round(): void {
    const { cluster, topic, lanes } = this.#options;
    if (!cluster.isUp) return;
    if (!cluster.view.topics.has(topic)) return this.#refuseUnroutable();
    const byNode = new Map<number, LaneOutbox[]>();
    for (let step = 0; step < lanes; step++) {
      const outbox = this.#outboxes[(this.#firstLane + step) % lanes]!;
      const node = outbox.hasWork ? cluster.leaderOf(topic, outbox.lane) : undefined;
      if (node === undefined) continue;
      const toNode = byNode.get(node);
      if (toNode) toNode.push(outbox);
      else byNode.set(node, [outbox]);
    }
    this.#firstLane = (this.#firstLane + 1) % lanes;
    for (const [node, outboxes] of byNode) {
      const courier = this.#courierTo(node);
      if (!courier.isBusy) void this.#deliver(courier, outboxes);
    }
  }

  #courierTo(node: number): Courier {
    const known = this.#couriers.get(node);
    if (known) return known;
    const { cluster, topic, replicationMs } = this.#options;
    const courier = new Courier(cluster, node, topic, replicationMs);
    this.#couriers.set(node, courier);
    return courier;
  }

  async #deliver(courier: Courier, outboxes: readonly LaneOutbox[]): Promise<void> {
    courier.isBusy = true;
    const sent: LaneOutbox[] = [];
    let failed = false;
    try {
      await courier.reach();
      const producer = outboxes[0]!.producer ?? (await this.#producers.current());
      const batches = this.#load(outboxes, producer, sent);
      const answers = batches.length === 0 ? undefined : await courier.bring(batches);
      for (const outbox of sent) failed = this.#conclude(outbox, answers?.get(outbox.lane)) || failed;
    } catch {
      failed = true;
      for (const outbox of sent) outbox.maybeStored = true;
    }
    for (const outbox of sent) outbox.isSending = false;
    if (failed) {
      this.#options.cluster.suspect();
      await pause(AGAIN_MS, this.#options.cluster.closing);
    }
    for (const outbox of sent) this.#forgetUnwanted(outbox);
    courier.isBusy = false;
    this.#soon();
  }

  /** What goes now, of the lanes whose next batch has that producer, as far as there is room. */
  #load(outboxes: readonly LaneOutbox[], producer: Producer, sent: LaneOutbox[]): LaneBatch[] {
    const { inFlightCountMax, inFlightBytesMax } = this.#options;
    const batches: LaneBatch[] = [];
    let bytes = 0;
    for (const outbox of outboxes) {
      if (bytes > 0 && bytes >= REQUEST_BYTES_MAX) break;
      if (!outbox.hasWork || (outbox.producer ?? producer) !== producer) continue;
      const isNew = outbox.batch === undefined;
      const isFirst = this.#inFlightCount === 0;
      const room = {
        count: inFlightCountMax - this.#inFlightCount,
        bytes: Math.min(inFlightBytesMax - this.#inFlightBytes, REQUEST_BYTES_MAX - bytes),
      };
      if (isNew && !isFirst && (room.count <= 0 || room.bytes <= 0)) continue;
      const batch = outbox.next(producer, room);
      if (!batch) continue;
      if (isNew) this.#sendOff(batch);
      outbox.isSending = true;
      bytes += batch.bytes;
      batches.push(batch);
      sent.push(outbox);
    }
    return batches;
  }

  #sendOff({ pending, bytes }: LaneBatch): void {
    this.#waitingCount -= pending.length;
    this.#waitingBytes -= bytes;
    this.#inFlightCount += pending.length;
    this.#inFlightBytes += bytes;
  }

  #settled({ pending, bytes }: LaneBatch): void {
    this.#inFlightCount -= pending.length;
    this.#inFlightBytes -= bytes;
  }

  /** What the broker's answer means for the batch. True where it has to be tried again a little later. */
  #conclude(outbox: LaneOutbox, answer: Answer | undefined): boolean {
    const { batch } = outbox;
    if (!batch) return false;
    const verdict = answer ? verdictOf(answer.code) : 'again-unsure';
    if (verdict === 'stored') {
      this.#settled(batch);
      outbox.stored();
      for (const one of batch.pending) one.stored();
      if (answer && answer.offset >= 0n)
        this.#options.onStored(batch.lane, answer.offset + BigInt(batch.pending.length));
      return false;
    }
    if (verdict === 'again-unsure') {
      outbox.maybeStored = true;
      return true;
    }
    // Of what the broker may have from before, a refusal of the repetition says nothing.
    if (outbox.maybeStored && verdict !== 'renumber') return true;
    if (verdict === 'renumber') return this.#renumber(outbox, batch);
    if (verdict === 'again' || verdict === 'no-topic') {
      this.#putBack(outbox, batch);
      return true;
    }
    this.#settled(batch);
    outbox.dropped();
    const { failure, message, options } = REFUSALS[verdict];
    const detail = answer ? `${errorName(answer.code)}${answer.message && `: ${answer.message}`}` : '';
    for (const one of batch.pending) one.notStored(failure, `${message} (${detail}).`, options);
    return false;
  }

  #renumber(outbox: LaneOutbox, batch: LaneBatch): boolean {
    void this.#producers.giveUp(batch.producer);
    if (outbox.maybeStored) this.#abandon(outbox, 'The brokers lost count of what was sent to them.');
    else {
      this.#putBack(outbox, batch);
      outbox.underAnother();
    }
    return false;
  }

  #putBack(outbox: LaneOutbox, batch: LaneBatch): void {
    this.#settled(batch);
    for (const one of batch.pending) {
      if (one.settled) continue;
      this.#waitingCount += 1;
      this.#waitingBytes += one.bytes;
    }
    outbox.again();
  }

  /** Nobody waits for it any more, and nobody knows what became of it. */
  #forgetUnwanted(outbox: LaneOutbox): void {
    const { batch } = outbox;
    if (!batch || outbox.isSending || batch.pending.some(({ settled }) => !settled)) return;
    void this.#producers.giveUp(batch.producer);
    this.#settled(batch);
    outbox.givenUp();
  }

  /** Of what is under way nobody knows. */
  #abandon(outbox: LaneOutbox, message: string): void {
    const { batch } = outbox;
    if (!batch) return;
    for (const one of batch.pending) one.unknown('interrupted', message);
    this.#settled(batch);
    outbox.givenUp();
  }

  readonly #onDeadline = (pending: PendingPublish): void => {
    const outbox = this.#outboxes[pending.envelope.lane]!;
    if (!outbox.waiting.delete(pending)) {
      pending.unknown('timeout', 'The brokers did not confirm by the deadline.');
      return this.#forgetUnwanted(outbox);
    }
    this.#waitingCount -= 1;
    this.#waitingBytes -= pending.bytes;
    if (this.#options.cluster.isUp) pending.notStored('overloaded', OVERLOADED, SLOW);
    else pending.notStored('unavailable', AWAY);
  };

  #refuseUnroutable(): void {
    const text = `The topic ${this.#options.topic} is gone. Restart a process: it makes it.`;
    this.#refuseWaiting('unroutable', text);
  }

  #refuseWaiting(failure: 'closed' | 'overloaded' | 'unavailable' | 'unroutable', message: string, options = {}): void {
    for (const { waiting } of this.#outboxes) {
      for (const pending of waiting) pending.notStored(failure, message, options);
      waiting.clear();
    }
    this.#waitingCount = 0;
    this.#waitingBytes = 0;
  }
}

const AWAY = 'There is no connection to the cluster.';
const OVERLOADED = 'The brokers confirm too slowly for all that is published.';
const SLOW = { setting: 'KAFKA_IN_FLIGHT_COUNT_MAX', retryAfterMs: OVERLOADED_RETRY_AFTER_MS };
const BLOCKED = { retryAfterMs: BLOCKED_RETRY_AFTER_MS };
const LANE_FULL = { setting: 'KAFKA_LANE_COUNT_MAX' };

const REFUSALS = {
  'too-large': { failure: 'too-large', message: 'It is larger than the topic takes', options: {} },
  short: { failure: 'overloaded', message: 'Too few replicas are in sync', options: BLOCKED },
  forbidden: {
    failure: 'unavailable',
    message: 'The cluster does not let this user write',
    options: { setting: 'KAFKA_SASL_USERNAME' },
  },
  refused: { failure: 'unavailable', message: 'The broker refuses it', options: {} },
} as const;
