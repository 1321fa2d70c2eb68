import { classOf, type ErrorClass, type TransactionFailure } from '../database/error-table.js';
import { Rejected } from '../handling/handler.js';
import { failureGroupOf, problemOf, withAttempt } from '../ledger/failure.js';
import type { FailedAttempt, LineState } from '../ledger/line.js';
import { keptOf, type RunnableEntry } from './entry.js';

/** What a failed command has behind it. A new one has nothing. */
export interface Past {
  /** Attempts before the one that failed. */
  readonly attempts: number;
  readonly history: readonly FailedAttempt[];
  readonly unavailableSinceMs: number | null;
}

export const NO_PAST: Past = { attempts: 0, history: [], unavailableSinceMs: null };

export interface Circumstances {
  readonly nowMs: number;
  /** In [0, 1). */
  readonly random: number;
  readonly unavailableMsMax: number;
  /** When its contract will be tried again, where it is unavailable. */
  readonly unavailableUntilMs: (type: string) => number;
}

/** Decides what becomes of a command that failed standing alone. */
export function verdictOn(
  entry: RunnableEntry,
  failure: TransactionFailure,
  past: Past,
  circumstances: Circumstances,
): LineState {
  const { nowMs } = circumstances;
  const { contract } = entry.runnable.binding;
  if (failure.cause instanceof Rejected) return refused(failure.cause, past);
  const error = problemOf(failure);
  const base = { error, failureGroup: failureGroupOf(entry.type, error), ...keptOf(entry) };
  const errorClass = classOf(failure);
  const sinceMs = past.unavailableSinceMs ?? nowMs;
  if (errorClass === 'contract-unavailable' && nowMs - sinceMs < circumstances.unavailableMsMax) {
    return {
      ...base,
      state: 'retrying',
      attempts: past.attempts,
      dueAtMs: dueBy(circumstances.unavailableUntilMs(contract.type), entry),
      unavailableSinceMs: sinceMs,
      history: past.history,
    };
  }
  const attempts = past.attempts + 1;
  const counted = { ...base, attempts, history: withAttempt(past.history, attempts, nowMs, error) };
  if (errorClass === 'permanent' || attempts >= contract.retry.attemptsMax) return { ...counted, state: 'dead' };
  const delayMs = contract.retry.delayMs(attempts, circumstances.random);
  return {
    ...counted,
    state: 'retrying',
    dueAtMs: dueBy(nowMs + delayMs, entry),
    unavailableSinceMs: errorClass === 'contract-unavailable' ? sinceMs : null,
  };
}

/** A batch handler has thrown the domain's no at the only command that it was given. */
function refused({ code, message }: Rejected, past: Past): LineState {
  return { state: 'rejected', attempts: past.attempts + 1, history: past.history, error: { code, message } };
}

/** Errors that say nothing about the command that was running: the transaction as a whole is tried again or cut. */
export function concernsTheTransaction(errorClass: ErrorClass): boolean {
  return errorClass === 'systemic' || errorClass === 'contention' || errorClass === 'timeout';
}

/** A command that expires before its next attempt is looked at when it does. */
function dueBy(dueAtMs: number, entry: RunnableEntry): number {
  return entry.expiresAtMs === null ? dueAtMs : Math.min(dueAtMs, entry.expiresAtMs);
}
