import type { DatabaseSync } from 'node:sqlite';
import { damagedSpool } from './sqlite-fault.js';

/** An entry's key is its lane times this plus its sequence, so that one B-tree holds every lane in order. */
export const LANE_KEYS = 2 ** 41;

/** What the journal knows of a lane without asking: never more than one look-up at each end when it opens. */
export interface LaneState {
  /** Entries up to this sequence are settled and deleted. */
  cursor: number;
  /** The running sum of record bytes at the cursor. */
  cursorThrough: number;
  last: number;
  /** The running sum of record bytes at the last entry. */
  lastThrough: number;
  /** When the last entry was stored. */
  storedAtMs: number;
}

export function readLaneStates(database: DatabaseSync, file: string): LaneState[] {
  const ends = database.prepare(
    'SELECT key, through, stored_at_ms FROM entry WHERE key > ? AND key < ? ORDER BY key DESC',
  );
  const starts = database.prepare('SELECT key FROM entry WHERE key > ? AND key < ? ORDER BY key');
  const lanes = database.prepare('SELECT lane, cursor, through FROM lane ORDER BY lane').all() as {
    lane: number;
    cursor: number;
    through: number;
  }[];
  return lanes.map(({ lane, cursor, through }) => {
    const low = lane * LANE_KEYS;
    const first = starts.get(low, low + LANE_KEYS) as { key: number } | undefined;
    const end = ends.get(low, low + LANE_KEYS) as { key: number; through: number; stored_at_ms: number } | undefined;
    if (first && first.key !== low + cursor + 1) {
      throw damagedSpool(file, `lane ${lane} begins at ${first.key - low}, and its cursor is ${cursor}`);
    }
    return {
      cursor,
      cursorThrough: through,
      last: end ? end.key - low : cursor,
      lastThrough: end?.through ?? through,
      storedAtMs: end?.stored_at_ms ?? 0,
    };
  });
}
