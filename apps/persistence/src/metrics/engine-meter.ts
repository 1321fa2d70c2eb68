import { ledgerState, type LedgerState } from '#contracts';
import type { Batch } from '#messaging';
import { Histogram } from 'prom-client';
import type { Tally } from '../reconciliation/tally.js';

const BATCH_SIZES = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000];
const BATCH_SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
const MS_PER_S = 1_000;

/** What the engine has done since the start: plain numbers, added to once for each batch, and read when somebody asks. */
export class EngineMeter {
  /** Deliveries settled, indexed by lane. */
  readonly deliveries: number[];
  /** Lines that came to each state. */
  readonly lines = Object.fromEntries(ledgerState.options.map((state) => [state, 0])) as Record<LedgerState, number>;
  duplicates = 0;
  redelivered = 0;
  /** Lines that the retry worker has dealt with. */
  retries = 0;
  readonly batchSizes = new Histogram({
    name: 'sluice_batch_deliveries',
    help: 'Deliveries in each settled batch.',
    buckets: BATCH_SIZES,
    registers: [],
  });
  readonly batchSeconds = new Histogram({
    name: 'sluice_batch_seconds',
    help: 'How long each batch took to be settled, waits for the database included.',
    buckets: BATCH_SECONDS,
    registers: [],
  });

  constructor(lanes: number) {
    this.deliveries = new Array<number>(lanes).fill(0);
  }

  /** A batch is accounted for as a whole. */
  settled({ lane, deliveries }: Batch, tookMs: number): void {
    this.deliveries[lane] = (this.deliveries[lane] ?? 0) + deliveries.length;
    this.batchSizes.observe(deliveries.length);
    this.batchSeconds.observe(tookMs / MS_PER_S);
  }

  /** A transaction of a batch has committed. */
  committed({ states, duplicates, redelivered }: Tally): void {
    for (const state of ledgerState.options) this.lines[state] += states[state];
    this.duplicates += duplicates;
    this.redelivered += redelivered;
  }

  /** A transaction of the retry worker has committed. */
  retried(tally: Tally): void {
    this.retries++;
    this.committed(tally);
  }
}
