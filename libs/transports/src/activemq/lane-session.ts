import type { Delivery as AmqpDelivery, EventContext, Receiver } from 'rhea';
import type { ConsumeOptions, OnBatch } from '#messaging';
import { Delivered } from '../delivered.js';
import type { LaneItem } from '../lane-hold.js';
import { LanePump } from '../lane-pump.js';
import type { LaneInHand } from '../presence.js';
import { PushedLane } from '../pushed-lane.js';
import { exclusiveSource, kindOf } from './broker-kind.js';
import { deliveryOf } from './message.js';
import type { Topology } from './topology.js';
import { onEnded, type Wire } from './wire.js';

/** How much of what a lane may hold is for the inbox, where a lane takes that too. */
const INBOX_SHARE_MAX = 16;

export interface LaneParts {
  readonly topology: Topology;
  readonly lane: number;
  readonly options: ConsumeOptions;
  readonly onBatch: OnBatch;
  readonly nextOwnership: () => number;
}

interface AmqpItem extends LaneItem {
  readonly accept: () => void;
}

/**
 * One taking-over of a lane: a link to each of its queues, from its opening to its close. Closing them is the only way in
 * which deliveries go back, since then both brokers return them all, in order, before anyone else gets the next.
 */
export class LaneSession {
  readonly #lane: number;
  readonly #intake: PushedLane<AmqpItem>;
  readonly #pump: LanePump<AmqpItem>;
  readonly #taking = new AbortController();
  readonly #lost = new AbortController();
  readonly #gone = Promise.withResolvers<void>();
  #links: readonly Receiver[] = [];
  #linksLeft = 0;
  readonly #inHand = new Delivered<AmqpItem>();
  #running: Promise<void> | undefined;

  private constructor({ lane, options, onBatch, nextOwnership }: LaneParts) {
    this.#lane = lane;
    this.#intake = new PushedLane(options);
    const takeover = { ownership: nextOwnership(), taking: this.#taking.signal, lost: this.#lost.signal };
    const advance = (items: readonly AmqpItem[]) => this.#advance(items);
    this.#pump = new LanePump({ lane, intake: this.#intake, onBatch, takeover, advance });
  }

  /** Rejects as the broker does. */
  static async open(wire: Wire, parts: LaneParts): Promise<LaneSession> {
    const { topology, lane, options } = parts;
    const kind = kindOf(wire.product);
    const shares = sharesOf(topology.queuesOf(lane), options);
    const opening = shares.map(([name, share]) => wire.openReceiver(exclusiveSource(kind, name), share));
    const opened = await Promise.allSettled(opening);
    const links = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = opened.find((one) => one.status === 'rejected');
    if (failed) {
      for (const link of links) closeLink(link);
      throw failed.reason;
    }
    const session = new LaneSession(parts);
    session.#start(
      wire,
      links,
      shares.map(([, share]) => share),
    );
    return session;
  }

  /** Resolves when the broker has answered the closing of the links: from then on this session advances nothing. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Resolves when, besides, no batch of it runs any more. */
  get settled(): Promise<void> {
    return this.gone.then(() => this.#running);
  }

  get inHand(): LaneInHand {
    return this.#inHand;
  }

  /** Starts no more batches; closes the links when the running one has ended. Idempotent. */
  release(): void {
    if (this.#taking.signal.aborted) return;
    this.#taking.abort();
    this.#pump.wake();
    void this.#closeWhenSettled();
  }

  /** Gives the lane up at once, whatever runs. */
  abandon(): void {
    this.#end();
    this.#closeLinks();
    this.#gone.resolve();
  }

  #start(wire: Wire, links: readonly Receiver[], shares: readonly number[]): void {
    this.#links = links;
    this.#linksLeft = links.length;
    this.#running = this.#pump.run();
    for (const [index, link] of links.entries()) {
      link.on('message', (context) => this.#arrived(link, context));
      onEnded(link, () => this.#linkEnded());
      link.add_credit(shares[index] ?? 0);
    }
    const forget = wire.onLost(() => {
      this.#end();
      this.#gone.resolve();
    });
    void this.gone.then(forget);
  }

  async #closeWhenSettled(): Promise<void> {
    await Promise.race([this.#running, this.gone]);
    if (this.#lost.signal.aborted) return;
    this.#end();
    this.#closeLinks();
  }

  #arrived(link: Receiver, { message, delivery }: EventContext): void {
    if (!message || !delivery || this.#lost.signal.aborted) return;
    const read = deliveryOf(message, this.#lane);
    const body = read.kind === 'decoded' ? read.envelope.body : read.body;
    const item = { delivery: read, bytes: body.byteLength, accept: () => accept(link, delivery) };
    this.#inHand.add(item);
    this.#intake.add(item);
    this.#pump.wake();
  }

  /** They are the oldest in hand, in order. */
  #advance(items: readonly AmqpItem[]): void {
    this.#inHand.settle(items.length);
    for (const { accept } of items) accept();
  }

  /** All is given back when one of the links ends, by us or by the broker. */
  #linkEnded(): void {
    this.#linksLeft -= 1;
    this.#end();
    this.#closeLinks();
    if (this.#linksLeft === 0) this.#gone.resolve();
  }

  #closeLinks(): void {
    // Not the session at once: Classic counts what it takes back with a session as failed.
    for (const link of this.#links) link.close();
  }

  #end(): void {
    this.#lost.abort();
    this.#taking.abort();
    this.#intake.clear();
    this.#inHand.clear();
    this.#pump.wake();
  }
}

/** How many each queue may hand over unaccepted: together `prefetch`, and of the lane's own queue a full batch in any case. */
function sharesOf(names: readonly string[], { prefetch, batchMax }: ConsumeOptions): [name: string, share: number][] {
  const [own, inbox] = names;
  if (own === undefined) return [];
  if (inbox === undefined) return [[own, prefetch]];
  const share = Math.max(1, Math.min(INBOX_SHARE_MAX, prefetch - batchMax));
  return [
    [own, Math.max(batchMax, prefetch - share)],
    [inbox, share],
  ];
}

function accept(link: Receiver, delivery: AmqpDelivery): void {
  delivery.accept();
  link.add_credit(1);
}

function closeLink(link: Receiver): void {
  onEnded(link, () => undefined);
  link.close();
}
