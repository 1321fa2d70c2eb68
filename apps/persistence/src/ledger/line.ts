import type { LedgerState } from '#contracts';

/** Why a command is where it is: a stable code, and a sentence for people. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

export interface FailedAttempt {
  readonly attempt: number;
  /** RFC 3339. */
  readonly at: string;
  readonly error: Problem;
}

/** What the ledger keeps of every command, whatever becomes of it. */
export interface ArrivedLine {
  readonly id: string;
  readonly lane: number;
  readonly type: string | null;
  readonly stream: string | null;
  readonly key: string | null;
  /** Whether it must wait while its key is blocked. */
  readonly strict: boolean;
  /** 16 hex digits. */
  readonly fingerprint: string;
  readonly acceptedAtMs: number;
  /** Null where the gateway made the command. */
  readonly source: string | null;
  /** The id that a foreign sender chose. */
  readonly externalId: string | null;
  readonly principal: string | null;
  readonly traceParent: string | null;
}

/** What a line has beside that while it is not final, and why. */
export interface LineState {
  readonly state: LedgerState;
  readonly attempts: number;
  /** When something is to be done about it: the next attempt, or its expiry while it is parked. */
  readonly dueAtMs?: number | null;
  readonly expiresAtMs?: number | null;
  /** Since when its contract has been unavailable; attempts are not counted for a while from then on. */
  readonly unavailableSinceMs?: number | null;
  readonly error?: Problem | null;
  readonly failureGroup?: string | null;
  readonly history?: readonly FailedAttempt[] | null;
  /** Kept on lines that are not final. */
  readonly payload?: Uint8Array | null;
  readonly headers?: Readonly<Record<string, string>> | null;
}

/** The newest failed attempts that a line keeps. */
export const HISTORY_MAX = 50;
