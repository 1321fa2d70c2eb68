import { SealLane } from '#contracts';
import {
  PublishError,
  type Backlog,
  type Batch,
  type ConsumeOptions,
  type Consumer,
  type Delivery,
  type Envelope,
  type Measured,
  type OnBatch,
  type Receipt,
  type Transport,
} from '#messaging';

import { DrainingConsumer } from './draining-consumer.js';
import type { MoveReport } from './move-report.js';
import type { SealBoard } from './seal-board.js';
import type { SelfSealer } from './self-sealer.js';

export interface DrainingParts {
  /** The transport that is being left. */
  readonly from: Transport;
  readonly to: Transport;
  readonly board: SealBoard;
  readonly report: MoveReport;
  /** The move that this process takes part in; the database has been reached before anybody consumes. */
  readonly move: () => string;
  /** Present where nobody but this process can have published to the old transport, so that it seals it itself. */
  readonly sealer?: SelfSealer;
}

/** Which way a batch came: the two ways count their ownerships apart, so that neither hides a takeover of the other. */
const WAYS = { old: 0, new: 1 } as const;
const WAY_COUNT = Object.keys(WAYS).length;

/**
 * Two transports as one queue, for as long as an installation moves from one to the other: the old one is applied at once, a
 * lane of the new one once all its seals on the old one are recorded. Both are opened and closed by whoever made them.
 */
export class DrainingTransport implements Pick<Transport, 'name' | 'consume' | 'publish' | 'notify' | 'backlog'> {
  readonly name: string;
  readonly #parts: DrainingParts;

  constructor(parts: DrainingParts) {
    this.#parts = parts;
    this.name = `${parts.from.name}, then ${parts.to.name}`;
  }

  async consume(options: ConsumeOptions, onBatch: OnBatch): Promise<Consumer> {
    const { from, to, board, report, move, sealer } = this.#parts;
    const old = await from.consume(options, (batch, signal) => this.#settleOld(batch, signal, onBatch));
    board.start(move());
    report.start();
    sealer?.start(move());
    return new DrainingConsumer({
      old,
      board,
      report,
      onStop: () => {
        board.stop();
        report.stop();
        sealer?.stop();
      },
      consumeNew: (holding) =>
        to.consume(options, async (batch, signal) => {
          await board.until(() => board.has(batch.lane), AbortSignal.any([signal, holding()]));
          await onBatch(through('new', batch), signal);
        }),
    });
  }

  /** What persistence publishes are commands that arrived in a lane not theirs; they need not be drained once more. */
  async publish(envelope: Envelope, deadlineMs: number): Promise<Receipt> {
    const { from, to } = this.#parts;
    try {
      return await to.publish(envelope, deadlineMs);
    } catch (error) {
      if (!(error instanceof PublishError) || error.outcome === 'unknown') throw error;
      return from.publish(envelope, deadlineMs);
    }
  }

  /** Callers may be waiting at gateways on either. */
  notify(notice: Uint8Array): void {
    this.#parts.from.notify(notice);
    this.#parts.to.notify(notice);
  }

  async backlog(): Promise<Backlog> {
    const [old, next] = await Promise.all([this.#parts.from.backlog(), this.#parts.to.backlog()]);
    return {
      count: sum(old.count, next.count),
      bytes: sum(old.bytes, next.bytes),
      oldestAtMs: earlier(old.oldestAtMs, next.oldestAtMs),
      lanes: next.lanes.map((count, lane) => count + (old.lanes[lane] ?? 0)),
      countMax: next.countMax,
      bytesMax: next.bytesMax,
    };
  }

  async #settleOld(batch: Batch, signal: AbortSignal, onBatch: OnBatch): Promise<void> {
    const { board, report } = this.#parts;
    const lastSeal = batch.deliveries.findLastIndex(isSeal);
    const lateFrom = board.has(batch.lane) ? 0 : lastSeal + 1;
    await onBatch(through('old', batch), signal);
    if (lastSeal !== -1) await board.look();
    if (!board.has(batch.lane)) return;
    const late = batch.deliveries.slice(lateFrom).filter((delivery) => !isSeal(delivery));
    if (late.length > 0) report.noteLate(batch.lane, late.length);
  }
}

function isSeal(delivery: Delivery): boolean {
  return delivery.kind === 'decoded' && delivery.envelope.type === SealLane.type;
}

function through(way: keyof typeof WAYS, batch: Batch): Batch {
  return { ...batch, ownership: batch.ownership * WAY_COUNT + WAYS[way] };
}

function sum(one: Measured<number>, other: Measured<number>): Measured<number> {
  return { value: one.value + other.value, exact: one.exact && other.exact };
}

function earlier(one: Measured<number | null>, other: Measured<number | null>): Measured<number | null> {
  const known = [one.value, other.value].filter((value) => value !== null);
  return { value: known.length > 0 ? Math.min(...known) : null, exact: one.exact && other.exact };
}
