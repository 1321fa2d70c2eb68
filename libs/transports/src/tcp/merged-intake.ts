import type { ConsumeOptions } from '#messaging';
import { LaneHold } from '../lane-hold.js';
import type { LaneIntake } from '../lane-pump.js';
import type { RemoteItem, RemoteSource } from './remote-source.js';

/** In bytes as in deliveries, the next batch may wait while one runs. */
const BATCHES_HELD = 2;

/** What this process holds of one lane, from all gateways: it pulls no more than there is room for, in turn from each. */
export class MergedIntake extends LaneHold<RemoteItem> implements LaneIntake<RemoteItem> {
  readonly more = false;
  readonly #options: ConsumeOptions;
  readonly #nextOwnership: () => number;
  readonly #sources = new Set<RemoteSource>();
  #ownership = 0;
  #takenOfOwnership = 0;
  #runningBytes = 0;
  #runningSources: ReadonlySet<RemoteSource> = new Set();
  running = 0;

  constructor(options: ConsumeOptions, nextOwnership: () => number) {
    super(options);
    this.#options = options;
    this.#nextOwnership = nextOwnership;
  }

  get sources(): ReadonlySet<RemoteSource> {
    return this.#sources;
  }

  /** Of the batch that was taken last. */
  get ownership(): number {
    return this.#ownership;
  }

  /** Whether deliveries of the source are in the batch that runs. */
  runs(source: RemoteSource): boolean {
    return this.#runningSources.has(source);
  }

  attach(source: RemoteSource): void {
    this.#sources.add(source);
    this.pull();
  }

  /** What it holds of the source and has not handed over is let go. */
  detach(source: RemoteSource): void {
    this.#sources.delete(source);
    this.discard((item) => item.source === source);
    this.pull();
  }

  /** The batch that runs is settled. */
  settled(): void {
    this.#runningSources = new Set();
  }

  async fill(): Promise<void> {
    this.pull();
  }

  override take(): RemoteItem[] {
    const items = super.take();
    this.#runningSources = new Set(items.map(({ source }) => source));
    this.#runningBytes = items.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#countOwnership(items);
    return items;
  }

  /** Asks every gateway that has more for its share of the room. */
  pull(): void {
    const wanting = [...this.#sources].filter((source) => source.wanting);
    let { count, bytes } = this.#room();
    for (let left = wanting.length; left > 0 && count > 0 && bytes > 0; left--) {
      const source = wanting[wanting.length - left] as RemoteSource;
      source.pull(Math.ceil(count / left), Math.ceil(bytes / left));
      count -= source.askedCount;
      bytes -= source.askedBytes;
      // Moved to the end: the next room goes to the others first.
      this.#sources.delete(source);
      this.#sources.add(source);
    }
  }

  #room(): { count: number; bytes: number } {
    const { prefetch, batchBytesMax } = this.#options;
    const runningBytes = this.running > 0 ? this.#runningBytes : 0;
    let count = prefetch - this.running - this.count;
    let bytes = BATCHES_HELD * batchBytesMax - runningBytes - this.bytes;
    for (const source of this.#sources) {
      count -= source.askedCount;
      bytes -= source.askedBytes;
    }
    return { count, bytes };
  }

  /**
   * The first `batchMax` of a source may have run before, in whatever had the lane until then: they come under an ownership
   * that has not yet settled so many.
   */
  #countOwnership(items: readonly RemoteItem[]): void {
    const { batchMax } = this.#options;
    let renew = false;
    for (const { source } of items) {
      renew ||= source.takenCount === 0 || (source.takenCount < batchMax && this.#takenOfOwnership >= batchMax);
      source.takenCount += 1;
    }
    if (renew) {
      this.#ownership = this.#nextOwnership();
      this.#takenOfOwnership = 0;
    }
    this.#takenOfOwnership += items.length;
  }
}
