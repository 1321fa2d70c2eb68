import { ReportAccepted, type Reconciled } from '#contracts';
import { z } from 'zod';

export const liveReport = z.strictObject({ status: z.literal('live') }).meta({ id: 'LiveReport' });

const backlog = z.strictObject({
  count: z.int(),
  bytes: z.int(),
  oldestAt: z.iso.datetime().nullable(),
  /** False where the transport only estimates. */
  exact: z.boolean(),
});

export const readyReport = z
  .strictObject({
    /** `degraded`: commands are taken, but reads and outcomes wait for persistence. */
    status: z.enum(['ready', 'degraded', 'not-ready']),
    gateway: z.strictObject({ status: z.enum(['up', 'stopping']) }),
    transport: z.strictObject({
      name: z.string(),
      status: z.enum(['up', 'blocked', 'down']),
      reason: z.string().optional(),
      durability: z.enum(['memory', 'disk', 'replicated']),
      backlog: backlog.optional(),
    }),
    ledger: z.strictObject({
      status: z.enum(['reached', 'unavailable']),
      reason: z.string().optional(),
      retrying: z.int().optional(),
      parked: z.int().optional(),
      dead: z.int().optional(),
    }),
    /** Whether all that gateways accepted is accounted for or waits; absent until persistence has told. */
    reconciliation: (ReportAccepted.answer as z.ZodType<Reconciled>).optional(),
  })
  .meta({ id: 'ReadyReport' });

export type ReadyReport = z.infer<typeof readyReport>;
