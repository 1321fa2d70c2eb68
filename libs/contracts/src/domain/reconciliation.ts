import { z } from 'zod';
import { defineAction, type AnswerOf } from '../definition/request.js';

const count = z.int().min(0);

/**
 * A gateway's word on what it has accepted since its start, lane by lane: totals, so that one report lost or told twice changes
 * nothing. `waiting` was read after `accepted`. The answer says how the books of the installation stand.
 */
export const ReportAccepted = defineAction({
  type: 'reconciliation.report.v1',
  summary: 'How many commands a gateway has accepted',
  payload: z.strictObject({
    /** Another one for each start of a gateway. */
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
