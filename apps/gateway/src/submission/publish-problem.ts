import { PublishError } from '#messaging';
import type { Problem } from '../http/problem.js';
import { problemOf } from '../http/problem-catalogue.js';
import { locationOf } from '../operations/operation.js';

const RETRY_AFTER_S = 5;

/** What a caller is told when a publish failed. `overloadedSeconds`: when to come back, where the transport does not know. */
export function publishProblem(error: PublishError, operationId: string, overloadedSeconds: () => number): Problem {
  if (error.outcome === 'unknown') {
    const self = locationOf(operationId);
    return problemOf(
      'outcome-unknown',
      {
        detail:
          'The command may have been stored. Ask its operation, or repeat the request with the same Idempotency-Key.',
        extensions: { operation: { id: operationId, links: { self, events: `${self}/events` } } },
        headers: { 'retry-after': String(RETRY_AFTER_S) },
      },
      { cause: error },
    );
  }
  if (error.failure === 'too-large') {
    return problemOf('body-too-large', { detail: `The transport cannot carry the command: ${error.message}` });
  }
  if (error.failure === 'overloaded') {
    const seconds =
      error.retryAfterMs === undefined ? overloadedSeconds() : Math.max(1, Math.ceil(error.retryAfterMs / 1000));
    const detail = `The queue is full. Nothing was stored; repeat the request in ${seconds} s.`;
    return problemOf('overloaded', { detail, headers: { 'retry-after': String(seconds) } }, { cause: error });
  }
  return problemOf(
    'transport-unavailable',
    {
      detail: 'The queue is away or closing. Nothing was stored; repeat the request.',
      headers: { 'retry-after': String(RETRY_AFTER_S) },
    },
    { cause: error },
  );
}
