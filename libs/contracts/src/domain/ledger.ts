import { z } from 'zod';
import { defineAction, defineQuery, type AnswerOf } from '../definition/request.js';

/** What became of a delivery: the states of a ledger line. */
export const ledgerState = z.enum(['applied', 'rejected', 'retrying', 'parked', 'dead', 'expired', 'discarded']);
export type LedgerState = z.infer<typeof ledgerState>;

/** States that nothing changes any more. */
export const FINAL_STATES: ReadonlySet<LedgerState> = new Set(['applied', 'rejected', 'expired', 'discarded']);

const commandId = z.uuid();
const instant = z.iso.datetime();

/** Why a command is where it is: a stable code and a sentence for people, never a stack trace. */
export const problem = z.strictObject({ code: z.string(), message: z.string() }).meta({ id: 'Failure' });

/** One command's line, as its caller may see it. */
const outcome = z.strictObject({
  commandId,
  /** 16 hex digits: the first 8 bytes of the SHA-256 of the payload's bytes. */
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
  type: z.string().nullable(),
  state: ledgerState,
  attempts: z.int(),
  acceptedAt: instant,
  updatedAt: instant,
  nextAttemptAt: instant.nullable(),
  error: problem.nullable(),
  result: z.json().nullable(),
});

/** The line of each id that has one; ids without a line are left out. */
export const FindOutcomes = defineQuery({
  type: 'ledger.find-outcomes.v1',
  summary: 'What became of commands',
  payload: z.strictObject({ commandIds: z.array(commandId).min(1).max(1_000) }),
  answer: z.strictObject({
    outcomes: z.array(outcome),
    /** Lines of commands accepted before this instant have been purged. */
    purgedBefore: instant.nullable(),
  }),
});
export type Outcome = AnswerOf<typeof FindOutcomes>['outcomes'][number];

export const deadLetterFilter = z
  .strictObject({
    type: z.string().max(200).optional(),
    stream: z.string().max(200).optional(),
    key: z.string().max(256).optional(),
    /** Letters that died of the same cause share a group. */
    failureGroup: z.string().max(64).optional(),
    deadFrom: z.iso.datetime({ offset: true }).optional(),
    deadTo: z.iso.datetime({ offset: true }).optional(),
  })
  .meta({ id: 'DeadLetterFilter' });
export type DeadLetterFilter = z.infer<typeof deadLetterFilter>;

const deadLetterSummary = z
  .strictObject({
    commandId,
    type: z.string().nullable(),
    stream: z.string().nullable(),
    key: z.string().nullable(),
    failureGroup: z.string(),
    error: problem,
    attempts: z.int(),
    acceptedAt: instant,
    deadAt: instant,
    /** How many later commands of the key wait behind it. */
    parkedBehind: z.int(),
  })
  .meta({ id: 'DeadLetterSummary' });

const attempt = z.strictObject({ attempt: z.int(), at: instant, error: problem }).meta({ id: 'FailedAttempt' });

const auditLine = z
  .strictObject({
    at: instant,
    operator: z.string(),
    action: z.enum(['replay', 'discard']),
    reason: z.string().nullable(),
  })
  .meta({ id: 'AuditLine' });

const deadLetter = deadLetterSummary
  .extend({
    state: ledgerState,
    source: z.string().nullable(),
    externalId: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    /** The payload, where its bytes are JSON. */
    payload: z.json().nullable(),
    /** The payload's bytes, as they arrived. */
    payloadBase64: z.string().nullable(),
    /** How often the same undecodable message arrived; 1 for all others. */
    arrivals: z.int(),
    history: z.array(attempt),
    audit: z.array(auditLine),
  })
  .meta({ id: 'DeadLetter' });

export const ListDeadLetters = defineQuery({
  type: 'dead-letters.list.v1',
  summary: 'List dead letters, newest first',
  payload: deadLetterFilter.extend({
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().min(1).max(200).optional(),
  }),
  answer: z
    .strictObject({
      deadLetters: z.array(deadLetterSummary),
      nextCursor: z.string().nullable(),
      /** All that the filter matches, not only this page. */
      total: z.int(),
    })
    .meta({ id: 'DeadLetterPage' }),
});

/** A dead letter whole, with its history; null where no line of that id is or was dead. */
export const GetDeadLetter = defineQuery({
  type: 'dead-letters.get.v1',
  summary: 'Read a dead letter whole',
  payload: z.strictObject({ commandId }),
  answer: deadLetter.nullable(),
});

const operator = z.string().min(1).max(200);
/** `not-replayable`: what died has no type, so no handler could ever run it; it can only be discarded. */
const changed = z.strictObject({
  outcome: z.enum(['done', 'not-found', 'not-dead', 'not-replayable']),
  state: ledgerState.nullable(),
});

export const ReplayDeadLetter = defineAction({
  type: 'dead-letters.replay.v1',
  summary: 'Try a dead letter again',
  payload: z.strictObject({ commandId, operator, reason: z.string().max(500).optional() }),
  answer: changed,
});

/** Replays what the filter matches, oldest first, at most `limit`; with `dryRun` it only counts. */
export const ReplayDeadLetters = defineAction({
  type: 'dead-letters.replay-many.v1',
  summary: 'Try many dead letters again',
  payload: z.strictObject({
    filter: deadLetterFilter,
    dryRun: z.boolean().default(false),
    limit: z.int().min(1).max(10_000).default(1_000),
    operator,
    reason: z.string().max(500).optional(),
  }),
  answer: z.strictObject({ matched: z.int(), replayed: z.int(), dryRun: z.boolean() }).meta({ id: 'ReplayReport' }),
});

export const DiscardDeadLetter = defineAction({
  type: 'dead-letters.discard.v1',
  summary: 'Give a dead letter up for good',
  payload: z.strictObject({ commandId, operator, reason: z.string().min(1).max(500) }),
  answer: changed,
});

/** What the ledger still has to do, for admission and for operators. */
export const LedgerStanding = defineQuery({
  type: 'ledger.standing.v1',
  summary: 'How many commands are in which state that is not final',
  payload: z.strictObject({}),
  answer: z
    .strictObject({ retrying: z.int(), parked: z.int(), dead: z.int(), oldestWaitingAt: instant.nullable() })
    .meta({ id: 'LedgerStanding' }),
});
