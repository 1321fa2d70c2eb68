import type { SpoolLimits } from './limits.js';

/** The journal's name in its directory. */
export const SPOOL_FILE = 'spool.sqlite';

/** What the journal's thread is started with. */
export interface JournalOptions {
  readonly directory: string;
  readonly lanes: number;
  readonly limits: SpoolLimits;
}

/** Where a lane stands: entries after `cursor`, up to `last`, wait. Sequences of a lane have no gaps and never return. */
export interface LaneMark {
  readonly lane: number;
  readonly cursor: number;
  readonly last: number;
}

/** Delete the lane's entries up to `seq`. */
export interface Advance {
  readonly lane: number;
  readonly seq: number;
}

/** Where the lane stands and what waits in it, after a cursor that may be ahead of the stored one. */
export interface LaneStanding {
  readonly count: number;
  readonly bytes: number;
  readonly oldestAtMs: number | null;
}

/**
 * `stored`: committed and fsynced. `full`: rolled back for want of room. `failed`: rolled back for another reason.
 * `unknown`: the commit itself failed, so it may be on disk.
 */
export type CommitOutcome = 'stored' | 'full' | 'failed' | 'unknown';

export interface CommitAnswer {
  readonly outcome: CommitOutcome;
  /** Of what went wrong, for people. */
  readonly reason?: string;
  /** Lanes that changed; every lane when the journal was reopened. */
  readonly marks: readonly LaneMark[];
  /** Bytes of the database file that hold something. */
  readonly usedBytes: number;
}

/** Entries of one lane, in order, side by side in `bytes`. */
export interface ReadAnswer {
  readonly seqs: Float64Array<ArrayBuffer>;
  /** Where each record ends in `bytes`. */
  readonly ends: Float64Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Sequences whose checksum does not fit. */
  readonly damaged: readonly number[];
}

export interface JournalCalls {
  inspect: { request: Record<never, never>; answer: CommitAnswer };
  commit: { request: { group: Uint8Array<ArrayBuffer>; advances: readonly Advance[] }; answer: CommitAnswer };
  read: { request: { lane: number; afterSeq: number; countMax: number; bytesMax: number }; answer: ReadAnswer };
  standing: { request: { cursors: readonly number[] }; answer: readonly LaneStanding[] };
  close: { request: Record<never, never>; answer: undefined };
}

export type JournalCall = keyof JournalCalls;

export interface JournalRequest<Call extends JournalCall = JournalCall> {
  readonly id: number;
  readonly call: Call;
  readonly request: JournalCalls[Call]['request'];
}

export type JournalReply =
  | { readonly id: number; readonly ok: true; readonly answer: JournalCalls[JournalCall]['answer'] }
  | { readonly id: number; readonly ok: false; readonly message: string; readonly setting: string | undefined };
