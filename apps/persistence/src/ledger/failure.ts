import { hash } from 'node:crypto';
import type { TransactionFailure } from '../database/error-table.js';
import { HISTORY_MAX, type FailedAttempt, type Problem } from './line.js';
import { storableStart } from './text.js';

const MESSAGE_LENGTH_MAX = 1_000;

/** What the caller and the operator read of a failure: never a stack trace. */
export function problemOf(failure: TransactionFailure): Problem {
  const code = failure.sqlState ? `sql-${failure.sqlState.toLowerCase()}` : kebab(failure.cause.name);
  return { code, message: storableStart(failure.message, MESSAGE_LENGTH_MAX) || code };
}

/** Letters that died of the same cause share a group: a hash of type, code and the message without what varies in it. */
export function failureGroupOf(type: string | null, problem: Problem): string {
  const steady = problem.message
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '#')
    .replace(/"[^"]*"|'[^']*'|\([^)]*\)/g, '#')
    .replace(/\d+/g, '#');
  return hash('sha256', `${type ?? ''}\n${problem.code}\n${steady}`, 'hex').slice(0, 12);
}

export function withAttempt(
  history: readonly FailedAttempt[],
  attempt: number,
  nowMs: number,
  error: Problem,
): FailedAttempt[] {
  return [...history, { attempt, at: new Date(nowMs).toISOString(), error }].slice(-HISTORY_MAX);
}

function kebab(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase() || 'error';
}
