import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HealthSignal, PublishError, RateMeter, TransportError, type Envelope, type TransportHealth } from '#messaging';
import { Admission, type Load } from './admission.js';
import { AppendQueue, type PendingAppend, reject, resolve } from './append-queue.js';
import { Cursors } from './cursors.js';
import { SPOOL_FILE, type CommitAnswer, type JournalCalls } from './journal-messages.js';
import { JournalThread, type StartJournal } from './journal-thread.js';
import { assertLanes, limitsOf, type SpoolLimits } from './limits.js';
import { packGroup, toRecord } from './record.js';
import { entriesOf, type SpoolEntry, type SpoolRecords } from './records.js';

export interface SpoolOptions {
  /** Made when it is missing. Holds `spool.sqlite` and what SQLite keeps beside it. */
  readonly directory: string;
  /** Recorded in the file: another number is refused. */
  readonly lanes: number;
  /** What file and write-ahead log together may take up on the disk. */
  readonly bytesMax: number;
  /** The most entries that wait. */
  readonly countMax: number;
}

export interface SpoolStanding {
  readonly count: number;
  /** Of the entries, without what the file adds. */
  readonly bytes: number;
  readonly oldestAtMs: number | null;
  /** The count of each lane. */
  readonly lanes: readonly number[];
}

const GROUP_COUNT_MAX = 4_096;
/** How long advances may wait for an append to share its fsync. */
const ADVANCE_DELAY_MS = 50;
/** The longest that a timer of Node can wait. */
const TIMER_MS_MAX = 2 ** 31 - 1;
/** Over how long the drain is measured. */
const DRAIN_WINDOW_MS = 5_000;
const PROBE_DELAY_MS_LEAST = 250;
const PROBE_DELAY_MS_MOST = 5_000;

/**
 * A bounded journal on the local disk, owned by one process. What `append` resolved for is on the disk, whatever happens to
 * the process or the machine; it is read in order per lane until it is advanced past. Appends that wait at the same time
 * share one transaction and one fsync.
 */
export class Spool {
  readonly #thread: JournalThread;
  readonly #limits: SpoolLimits;
  readonly #admission: Admission;
  readonly #cursors: Cursors;
  readonly #queue = new AppendQueue();
  readonly #drain = new RateMeter(DRAIN_WINDOW_MS, performance.now());
  readonly #health = new HealthSignal();
  readonly #listeners = new Set<(lane: number) => void>();
  #usedBytes = 0;
  #sent: PendingAppend[] = [];
  #sentBytes = 0;
  #flushing: Promise<void> | undefined;
  #scheduled: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #probeDelayMs = PROBE_DELAY_MS_LEAST;
  #failing = false;
  #closing: Promise<void> | undefined;

  /**
   * Rejects with a `TransportError` when another process owns the file, it is damaged, it belongs to another version or
   * number of lanes, or the directory cannot be written to. `start` is for tests that plant faults in the thread.
   */
  static async open(options: SpoolOptions, start?: StartJournal): Promise<Spool> {
    assertLanes(options.lanes);
    const limits = limitsOf(options.bytesMax);
    const thread = new JournalThread({ directory: options.directory, lanes: options.lanes, limits }, start);
    try {
      return new Spool(options, limits, thread, await thread.call('inspect', {}));
    } catch (error) {
      await thread.terminate();
      throw error;
    }
  }

  /** Whether the directory has a spool. */
  static isIn(directory: string): boolean {
    return existsSync(join(directory, SPOOL_FILE));
  }

  private constructor(options: SpoolOptions, limits: SpoolLimits, thread: JournalThread, state: CommitAnswer) {
    this.#thread = thread;
    this.#limits = limits;
    this.#admission = new Admission(options.countMax, limits);
    this.#cursors = new Cursors(options.lanes);
    this.#take(state);
    this.#health.set({ status: 'up' });
  }

  /** `blocked`: full. `down`: the disk fails; it is tried again until it answers. */
  get health(): TransportHealth {
    return this.#health;
  }

  /** Resolves once the envelope is on the disk. Rejects with a `PublishError`, by the deadline at the latest. */
  async append(envelope: Envelope, deadlineMs: number): Promise<void> {
    if (this.#closing) throw new PublishError('not-stored', 'closed', 'The spool is closed.');
    const lanes = this.#cursors.advanced.length;
    if (!(Number.isInteger(envelope.lane) && envelope.lane >= 0 && envelope.lane < lanes)) {
      throw new PublishError('not-stored', 'unroutable', `Lane ${envelope.lane} is none of the ${lanes} lanes.`, {
        setting: 'LANES',
      });
    }
    const record = toRecord(envelope);
    if (record.bytes > this.#limits.entryBytesMax) {
      const message = `A command of ${record.bytes} bytes is larger than the ${this.#limits.entryBytesMax} that fit.`;
      throw new PublishError('not-stored', 'too-large', message);
    }
    const refusal = this.#admission.refusal(this.#load(), record.bytes, this.#drain);
    if (refusal) {
      if (this.#health.state.status === 'up') this.#health.set({ status: 'blocked', reason: refusal.message });
      throw refusal;
    }
    const stored = this.#queue.add(record, Math.min(deadlineMs, TIMER_MS_MAX));
    this.#schedule();
    return stored;
  }

  /** Entries of the lane after `afterSeq`, in order, up to a number and a size, but one at least when there is any. */
  async read(lane: number, afterSeq: number, countMax: number, bytesMax: number): Promise<SpoolEntry[]> {
    return entriesOf(lane, await this.readRecords(lane, afterSeq, countMax, bytesMax));
  }

  /** The same as bytes, for `entriesOf` in whatever process hands them over. */
  readRecords(lane: number, afterSeq: number, countMax: number, bytesMax: number): Promise<SpoolRecords> {
    return this.#ask('read', { lane, afterSeq, countMax, bytesMax });
  }

  /** The entries of the lane up to `seq` are settled. On disk a moment later, and for certain when `close` resolves. */
  advance(lane: number, seq: number): void {
    const count = this.#cursors.advance(lane, seq);
    if (count === 0) return;
    this.#drain.add(count, performance.now());
    this.#noteHeadroom();
    this.#scheduleIn(ADVANCE_DELAY_MS);
  }

  /** Up to where the lane was advanced. */
  cursor(lane: number): number {
    return this.#cursors.advanced[lane] ?? 0;
  }

  /** The lane's newest entry; its cursor when nothing waits. */
  last(lane: number): number {
    return this.#cursors.last(lane);
  }

  /** What was stored and not advanced past; exact. */
  async standing(): Promise<SpoolStanding> {
    const lanes = await this.#ask('standing', { cursors: this.#cursors.advanced });
    const oldest = lanes.flatMap(({ oldestAtMs }) => oldestAtMs ?? []);
    return {
      count: lanes.reduce((sum, { count }) => sum + count, 0),
      bytes: lanes.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestAtMs: oldest.length > 0 ? Math.min(...oldest) : null,
      lanes: lanes.map(({ count }) => count),
    };
  }

  /** Calls back for each lane that has new entries, once per transaction. Returns what ends it. */
  onAppended(listener: (lane: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Idempotent. Stores what was appended before, writes every advance down, and gives the file up. What is not done by the
   * deadline is cut off as a kill would: appends then reject, and late advances are read again.
   */
  close(deadlineMs: number): Promise<void> {
    return (this.#closing ??= this.#close(deadlineMs));
  }

  async #close(deadlineMs: number): Promise<void> {
    clearTimeout(this.#timer);
    clearImmediate(this.#scheduled);
    const { promise: late, resolve: giveUp } = Promise.withResolvers<void>();
    const timer = setTimeout(giveUp, Math.min(deadlineMs, TIMER_MS_MAX));
    await Promise.race([this.#finish(), late]);
    clearTimeout(timer);
    void this.#thread.terminate();
    const interrupted = new PublishError('unknown', 'interrupted', 'The spool was closed while it stored the command.');
    for (const pending of this.#sent) reject(pending, interrupted);
    const closed = new PublishError('not-stored', 'closed', 'The spool was closed before it stored the command.');
    for (const pending of this.#queue.take(Infinity, Infinity)) reject(pending, closed);
    this.#listeners.clear();
    this.#health.set({ status: 'down', reason: 'The spool is closed.' });
  }

  /** Everything onto the disk, unless it fails; then the next owner reads again what was advanced last. */
  async #finish(): Promise<void> {
    do await this.#flush();
    while (!this.#failing && (this.#queue.count > 0 || this.#cursors.behind));
    // What keeps the thread from closing is the disk's, and the file is as sound as after a kill.
    await this.#thread.close().catch(() => undefined);
  }

  #schedule(): void {
    if (this.#flushing || this.#scheduled) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      void this.#flush();
    });
  }

  #scheduleIn(delayMs: number): void {
    if (this.#closing || this.#timer || this.#flushing) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#schedule();
    }, delayMs);
  }

  /** One transaction at a time: what comes meanwhile gathers for the next. */
  async #flush(): Promise<void> {
    await (this.#flushing ??= this.#flushOnce());
  }

  async #flushOnce(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sent = this.#queue.take(GROUP_COUNT_MAX, this.#limits.groupBytesMax);
    this.#sentBytes = this.#sent.reduce((sum, { record }) => sum + record.bytes, 0);
    const answer = await this.#commit(this.#cursors.due());
    const sent = this.#sent;
    this.#sent = [];
    this.#sentBytes = 0;
    this.#flushing = undefined;
    this.#take(answer);
    for (const pending of sent) this.#settle(pending, answer);
    this.#note(answer);
    if (this.#closing) return;
    if (this.#queue.count > 0) this.#schedule();
    else if (this.#failing) this.#scheduleIn(this.#probeDelayMs);
    else if (this.#cursors.behind) this.#scheduleIn(ADVANCE_DELAY_MS);
  }

  async #commit(advances: ReturnType<Cursors['due']>): Promise<CommitAnswer> {
    const group = packGroup(this.#sent.map(({ record }) => record));
    try {
      return await this.#thread.call('commit', { group, advances }, [group.buffer]);
    } catch (error) {
      // An error of opening comes before the transaction; a thread that is lost may have committed it.
      const outcome = error instanceof TransportError ? 'failed' : 'unknown';
      return { outcome, reason: (error as Error).message, marks: [], usedBytes: this.#usedBytes };
    }
  }

  /** A look at the file; when it fails, the spool is down until a probe has opened and checked the file again. */
  async #ask<Call extends 'read' | 'standing'>(
    call: Call,
    request: JournalCalls[Call]['request'],
  ): Promise<JournalCalls[Call]['answer']> {
    try {
      return await this.#thread.call(call, request);
    } catch (error) {
      if (!this.#closing) {
        this.#failing = true;
        this.#health.set({ status: 'down', reason: (error as Error).message });
        this.#scheduleIn(this.#probeDelayMs);
      }
      throw error;
    }
  }

  #take({ marks, usedBytes, outcome }: CommitAnswer): void {
    if (outcome === 'stored' || outcome === 'full') this.#usedBytes = usedBytes;
    for (const lane of this.#cursors.update(marks)) for (const listener of this.#listeners) listener(lane);
  }

  #settle(pending: PendingAppend, { outcome, reason }: CommitAnswer): void {
    switch (outcome) {
      case 'stored':
        return resolve(pending);
      case 'full': {
        const retryAfterMs = this.#admission.retryAfterMs(this.#load(), this.#drain);
        const hint = retryAfterMs === undefined ? {} : { retryAfterMs };
        return reject(
          pending,
          new PublishError('not-stored', 'overloaded', fullText(reason), { setting: 'DATA_DIR', ...hint }),
        );
      }
      case 'failed':
        return reject(pending, new PublishError('not-stored', 'unavailable', `The spool cannot store: ${reason}.`));
      case 'unknown':
        return reject(pending, new PublishError('unknown', 'interrupted', `The spool's disk failed: ${reason}.`));
    }
  }

  #note({ outcome, reason = '' }: CommitAnswer): void {
    this.#failing = outcome !== 'stored';
    if (!this.#failing) {
      this.#probeDelayMs = PROBE_DELAY_MS_LEAST;
      if (this.#health.state.status === 'down') this.#health.set({ status: 'up' });
      this.#noteHeadroom();
      return;
    }
    this.#probeDelayMs = Math.min(PROBE_DELAY_MS_MOST, this.#probeDelayMs * 2);
    const full = outcome === 'full';
    this.#health.set({ status: full ? 'blocked' : 'down', reason: full ? fullText(reason) : reason });
  }

  #noteHeadroom(): void {
    if (this.#failing || this.#health.state.status !== 'blocked') return;
    if (this.#admission.hasHeadroom(this.#load())) this.#health.set({ status: 'up' });
  }

  #load(): Load {
    const queuedBytes = this.#queue.bytes + this.#sentBytes;
    const queuedCount = this.#queue.count + this.#sent.length;
    return { count: this.#cursors.count, usedBytes: this.#usedBytes, queuedCount, queuedBytes };
  }
}

/** SQLite says the same of a full disk and of a file at its bound. */
function fullText(reason = ''): string {
  return `The spool is full (${reason}). Make room on its disk, raise SPOOL_BYTES_MAX, or wait until it has drained.`;
}
