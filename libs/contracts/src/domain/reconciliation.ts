import { z } from 'zod';
import { defineAction, type AnswerOf } from '../definition/request.js';

const count = z.int().min(0);

/**
 * How long a gateway keeps the name that it reports under while nobody answers, in milliseconds. After twice that an account
 * that nobody adds to is taken for that of a gateway that is gone.
 */
export const GATEWAY_NAME_MS_MAX = 3 * 24 * 3_600_000;

/**
 * A gateway's word on what it has accepted under this name, lane by lane: totals, so that one report lost or told twice changes
 * nothing. `waiting` was read after `accepted`. The answer says how the books of the installation stand.
 */
export const ReportAccepted = defineAction({
  type: 'reconciliation.report.v1',
  summary: 'How many commands a gateway has accepted',
  payload: z.strictObject({
    /** Another one for each start of a gateway, and after a long time without answers. */
    gateway: z.uuid(),
    /** Indexed by lane. */
    lanes: z.array(z.strictObject({ accepted: count, waiting: count })).min(1),
  }),
  answer: z.strictObject({
    /** False once commands have been missing for longer than any sampling can explain. */
    holds: z.boolean(),
    /** Accepted, and neither in the ledger nor seen to wait. */
    missing: count,
    /** Accounted for or waiting, beyond what gateways have reported. */
    surplus: count,
  }),
});
export type Reconciled = AnswerOf<typeof ReportAccepted>;
