import { DURABILITIES, type Durability, type Envelope, type PublishFailure, type Receipt } from '#messaging';
import { Histogram } from 'prom-client';

/** `backlog`: not even tried, since too much waits. `unknown`: it may have been stored. */
export type RefusalReason = 'backlog' | 'unknown' | PublishFailure;

export const REFUSAL_REASONS: readonly RefusalReason[] = [
  'backlog',
  'unknown',
  'too-large',
  'closed',
  'overloaded',
  'unroutable',
  'unavailable',
  'timeout',
  'interrupted',
];

const PUBLISH_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const MS_PER_S = 1_000;

/** What became of publications since the start: plain numbers, added to for each command, and read when somebody asks. */
export class PublishMeter {
  /** Stored commands, indexed by lane. */
  readonly lanes: number[];
  readonly refusals = new Map<RefusalReason, number>(REFUSAL_REASONS.map((reason) => [reason, 0]));
  readonly publishSeconds = new Histogram({
    name: 'sluice_publish_seconds',
    help: 'How long the transport took to store each accepted command.',
    buckets: PUBLISH_SECONDS,
    registers: [],
  });
  readonly #accepted = new Map<string, Record<Durability, number>>();

  constructor(types: Iterable<string>, lanes: number) {
    this.lanes = new Array<number>(lanes).fill(0);
    for (const type of types) this.#accepted.set(type, { memory: 0, disk: 0, replicated: 0 });
  }

  accepted({ type, lane }: Envelope, { durability }: Receipt, tookMs: number): void {
    const ofType = this.#accepted.get(type);
    if (ofType) ofType[durability]++;
    this.lanes[lane]!++;
    this.publishSeconds.observe(tookMs / MS_PER_S);
  }

  refused(reason: RefusalReason): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
  }

  *acceptedByType(): Generator<{ type: string; durability: Durability; count: number }> {
    for (const [type, counts] of this.#accepted) {
      for (const durability of DURABILITIES) yield { type, durability, count: counts[durability] };
    }
  }
}
