import { FINAL_STATES, ledgerState, problem, type LedgerState, type Outcome } from '#contracts';
import { timeText, timeOfCommandId, type Durability } from '#messaging';
import { z } from 'zod';
import type { OperationReference } from './operation-id.js';

const instant = z.iso.datetime();

/** A command as its caller sees it. */
export const operation = z
  .strictObject({
    id: z.string(),
    /** Null only where the contract is gone and the ledger has no line. */
    type: z.string().nullable(),
    /** `accepted` until the ledger has a line of it. */
    status: z.enum(['accepted', ...ledgerState.options]),
    /** What its 202 stood for, at least. */
    durability: z.enum(['memory', 'disk', 'replicated']),
    /** Absent for an id derived from an `Idempotency-Key` until the ledger has a line of it. */
    acceptedAt: instant.optional(),
    attempts: z.int().min(0),
    nextAttemptAt: instant.optional(),
    error: problem.optional(),
    result: z.json().optional(),
    /** Whether the status was read from the ledger just now; absent where nobody asked. */
    ledger: z.enum(['reached', 'unavailable']).optional(),
    links: z.strictObject({ self: z.string(), events: z.string() }),
  })
  .meta({
    id: 'Operation',
    examples: [
      {
        id: 'EQGavkzQ8HXMpTQ2PZz8c1w0kq7n0cJ2oUa9fQ3c1Yx0r8w2nN6dJ4sQ1A',
        type: 'orders.place.v1',
        status: 'applied',
        durability: 'disk',
        acceptedAt: '2026-11-22T09:30:00.000Z',
        attempts: 1,
        result: { orderId: '0b9f6a52-6c1e-4c55-9a43-1f0f0a6f8a01', totalCents: 3780, version: 1 },
        ledger: 'reached',
        links: {
          self: '/operations/EQGavkzQ8HXMpTQ2PZz8c1w0kq7n0cJ2oUa9fQ3c1Yx0r8w2nN6dJ4sQ1A',
          events: '/operations/EQGavkzQ8HXMpTQ2PZz8c1w0kq7n0cJ2oUa9fQ3c1Yx0r8w2nN6dJ4sQ1A/events',
        },
      },
    ],
  });
export type Operation = z.infer<typeof operation>;

/** What is known of a command when its operation is told. */
export interface Knowledge {
  readonly outcome?: Outcome | undefined;
  readonly ledger?: 'reached' | 'unavailable';
  /** When this gateway took it, where it did just now. */
  readonly acceptedAtMs?: number;
}

export const KEY_REUSED = {
  code: 'idempotency-key-reused',
  message: 'The same Idempotency-Key came with another payload, and that command has the key. Use a new key.',
} as const;

export function operationOf(
  id: string,
  reference: OperationReference,
  durability: Durability,
  { outcome, ledger, acceptedAtMs }: Knowledge,
): Operation {
  return {
    id,
    ...standingOf(reference, durability, outcome, acceptedAtMs),
    ...(ledger && { ledger }),
    links: linksOf(id),
  };
}

function standingOf(
  reference: OperationReference,
  durability: Durability,
  outcome: Outcome | undefined,
  acceptedAtMs = timeOfCommandId(reference.commandId),
): Omit<Operation, 'id' | 'links'> {
  const { type } = reference;
  if (outcome === undefined) {
    const acceptedAt = acceptedAtMs === undefined ? {} : { acceptedAt: timeText(acceptedAtMs) };
    return { type, status: 'accepted', durability, ...acceptedAt, attempts: 0 };
  }
  if (outcome.fingerprint !== reference.fingerprint) {
    return { type, status: 'rejected', durability, attempts: 0, error: { ...KEY_REUSED } };
  }
  return {
    type: outcome.type ?? type,
    status: outcome.state,
    durability,
    acceptedAt: outcome.acceptedAt,
    attempts: outcome.attempts,
    ...(outcome.nextAttemptAt !== null && { nextAttemptAt: outcome.nextAttemptAt }),
    ...(outcome.error !== null && { error: outcome.error }),
    ...(outcome.result !== null && { result: outcome.result }),
  };
}

/** The path of an operation. */
export function locationOf(id: string): string {
  return `/operations/${id}`;
}

/** Nothing changes it any more. A dead one is not settled: an operator may replay it. */
export function isSettled({ status }: Pick<Operation, 'status'>): boolean {
  return FINAL_STATES.has(status as LedgerState);
}

/** No run is coming: it is final, or a dead letter that waits for an operator. */
export function hasEnded(state: LedgerState): boolean {
  return FINAL_STATES.has(state) || state === 'dead';
}

function linksOf(id: string): Operation['links'] {
  return { self: locationOf(id), events: `${locationOf(id)}/events` };
}
