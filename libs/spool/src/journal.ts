import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { openJournalFile, PAGE_BYTES } from './journal-file.js';
import {
  SPOOL_FILE,
  type Advance,
  type CommitAnswer,
  type CommitOutcome,
  type JournalOptions,
  type LaneStanding,
  type ReadAnswer,
} from './journal-messages.js';
import { LANE_KEYS, type LaneState, readLaneStates } from './lane-state.js';
import { OwnerFile } from './owner-file.js';
import { readEntries } from './read-entries.js';
import { unpackGroup } from './record.js';
import { sqliteFaultOf } from './sqlite-fault.js';

/**
 * The spool's file: blocking, so it lives in a thread of its own. After an error of the disk it is `broken`: it must be
 * closed and opened again, since nothing is known of what a failed fsync left in the page cache.
 */
export class Journal {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #checkpointBytes: number;
  readonly #owner: OwnerFile;
  readonly #lanes: LaneState[];
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #moveCursor: StatementSync;
  readonly #read: StatementSync;
  readonly #throughAt: StatementSync;
  readonly #oldestAfter: StatementSync;
  readonly #logFrames: StatementSync;
  readonly #pageCount: StatementSync;
  readonly #freePageCount: StatementSync;
  #usedBytes = 0;
  #broken = false;

  /** Throws a `TransportError` that says why the file cannot be had, or is damaged. */
  static open(options: JournalOptions): Journal {
    const database = openJournalFile(options);
    try {
      return new Journal(options, database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  private constructor(options: JournalOptions, database: DatabaseSync) {
    this.#database = database;
    this.#file = join(options.directory, SPOOL_FILE);
    this.#checkpointBytes = options.limits.checkpointBytes;
    this.#owner = new OwnerFile(this.#file);
    this.#owner.write();
    // What an earlier owner left in the log is written anew and fsynced here, before anything is built on it.
    this.#checkpoint('TRUNCATE');
    this.#lanes = readLaneStates(database, this.#file);
    this.#insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?)');
    this.#delete = database.prepare('DELETE FROM entry WHERE key > ? AND key <= ?');
    this.#moveCursor = database.prepare('UPDATE lane SET cursor = ?, through = ? WHERE lane = ?');
    this.#read = database.prepare(
      'SELECT key, checksum, record FROM entry WHERE key > ? AND key < ? ORDER BY key LIMIT ?',
    );
    this.#read.setReturnArrays(true);
    this.#throughAt = database.prepare('SELECT through FROM entry WHERE key = ?');
    this.#oldestAfter = database.prepare(
      'SELECT stored_at_ms FROM entry WHERE key > ? AND key < ? ORDER BY key LIMIT 1',
    );
    this.#logFrames = database.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.#pageCount = database.prepare('PRAGMA page_count');
    this.#freePageCount = database.prepare('PRAGMA freelist_count');
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** Where every lane stands. */
  inspect(): CommitAnswer {
    return this.#answer('stored', new Set(this.#lanes.keys()));
  }

  /** Stores the group's records and deletes what was advanced past, in one transaction with one fsync. */
  commit(group: Uint8Array, advances: readonly Advance[]): CommitAnswer {
    const answer = this.#transact(group, advances);
    if (answer.outcome !== 'full' || group.byteLength === 0 || advances.length === 0) return answer;
    // The records found no room; the deletions may, and they make some.
    const freed = this.#transact(new Uint8Array(0), advances);
    return { ...answer, marks: freed.marks, usedBytes: freed.usedBytes };
  }

  read(lane: number, afterSeq: number, countMax: number, bytesMax: number): ReadAnswer {
    const low = lane * LANE_KEYS;
    return this.#sound(() => readEntries(this.#read.iterate(low + afterSeq, low + LANE_KEYS, countMax), low, bytesMax));
  }

  /** What waits in each lane after the given cursors, which may be ahead of the stored ones. */
  standing(cursors: readonly number[]): LaneStanding[] {
    return this.#sound(() => this.#lanes.map((state, lane) => this.#standingOf(lane, state, cursors[lane] ?? 0)));
  }

  /** Copies the log into the file when it has grown enough; called when nobody waits. */
  checkpointIfDue(): void {
    if (this.#broken) return;
    const { log } = this.#logFrames.get() as { log: number };
    if (log * PAGE_BYTES >= this.#checkpointBytes) this.#checkpoint('PASSIVE');
  }

  close(): void {
    if (!this.#broken) this.#checkpoint('TRUNCATE');
    this.#database.close();
    this.#owner.remove();
  }

  #standingOf(lane: number, state: LaneState, advanced: number): LaneStanding {
    const cursor = Math.max(advanced, state.cursor);
    if (cursor >= state.last) return { count: 0, bytes: 0, oldestAtMs: null };
    const low = lane * LANE_KEYS;
    const oldest = this.#oldestAfter.get(low + cursor, low + LANE_KEYS);
    return {
      count: state.last - cursor,
      bytes: state.lastThrough - this.#through(lane, state, cursor),
      oldestAtMs: Number(oldest?.['stored_at_ms']),
    };
  }

  /** A file that cannot be read is opened and checked again before anything more is built on it. */
  #sound<Value>(look: () => Value): Value {
    try {
      return look();
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  #transact(group: Uint8Array, advances: readonly Advance[]): CommitAnswer {
    const changed = new Map<number, LaneState>();
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      this.#store(group, changed);
      for (const advance of advances) this.#forget(advance, changed);
      // Only a write shows that there is room and that the disk answers.
      if (group.byteLength === 0 && advances.length === 0)
        this.#database.exec('UPDATE lane SET cursor = cursor WHERE lane = 0');
    } catch (error) {
      return this.#fail(error, 'failed');
    }
    try {
      this.#database.exec('COMMIT');
    } catch (error) {
      return this.#fail(error, 'unknown');
    }
    for (const [lane, state] of changed) this.#lanes[lane] = state;
    return this.#answer('stored', changed.keys());
  }

  #store(group: Uint8Array, changed: Map<number, LaneState>): void {
    const nowMs = Date.now();
    for (const { lane, record } of unpackGroup(group)) {
      const state = this.#draft(lane, changed);
      state.last += 1;
      state.lastThrough += record.byteLength;
      // The clock may be set back; the order of a lane may not.
      state.storedAtMs = Math.max(state.storedAtMs, nowMs);
      this.#insert.run(lane * LANE_KEYS + state.last, state.lastThrough, state.storedAtMs, crc32(record), record);
    }
  }

  #forget({ lane, seq }: Advance, changed: Map<number, LaneState>): void {
    const state = this.#draft(lane, changed);
    const cursor = Math.min(seq, state.last);
    if (cursor <= state.cursor) return;
    const low = lane * LANE_KEYS;
    state.cursorThrough = this.#through(lane, state, cursor);
    this.#delete.run(low + state.cursor, low + cursor);
    this.#moveCursor.run(cursor, state.cursorThrough, lane);
    state.cursor = cursor;
  }

  #through(lane: number, state: LaneState, seq: number): number {
    if (seq === state.cursor) return state.cursorThrough;
    if (seq === state.last) return state.lastThrough;
    return Number(this.#throughAt.get(lane * LANE_KEYS + seq)?.['through']);
  }

  #draft(lane: number, changed: Map<number, LaneState>): LaneState {
    let draft = changed.get(lane);
    if (!draft) {
      const state = this.#lanes[lane];
      if (!state) throw new RangeError(`The spool ${this.#file} has no lane ${lane}.`);
      changed.set(lane, (draft = { ...state }));
    }
    return draft;
  }

  #fail(error: unknown, otherwise: CommitOutcome): CommitAnswer {
    // Without room nothing of the transaction was written to the end, at COMMIT as before it.
    const outcome = sqliteFaultOf(error) === 'full' ? 'full' : otherwise;
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      if (outcome === 'full') this.#checkpoint('PASSIVE');
    } catch {
      this.#broken = true;
    }
    if (outcome !== 'full') this.#broken = true;
    return { ...this.#answer(outcome, []), reason: `${this.#file}: ${(error as Error).message}` };
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#database.prepare(`PRAGMA wal_checkpoint(${mode})`).all();
    } catch (error) {
      // A log that finds no room in the file stays where it is, whole.
      if (sqliteFaultOf(error) === 'full') return;
      this.#broken = true;
      throw error;
    }
  }

  #answer(outcome: CommitOutcome, lanes: Iterable<number>): CommitAnswer {
    const marks = Array.from(lanes, (lane) => {
      const { cursor, last } = this.#lanes[lane] as LaneState;
      return { lane, cursor, last };
    });
    return { outcome, marks, usedBytes: this.#broken ? this.#usedBytes : this.#measure() };
  }

  #measure(): number {
    try {
      const { page_count: pages } = this.#pageCount.get() as { page_count: number };
      const { freelist_count: freePages } = this.#freePageCount.get() as { freelist_count: number };
      this.#usedBytes = (pages - freePages) * PAGE_BYTES;
    } catch {
      // The transaction stands all the same; the next call opens the file again.
      this.#broken = true;
    }
    return this.#usedBytes;
  }
}
