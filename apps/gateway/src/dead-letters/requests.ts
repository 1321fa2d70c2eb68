import { z } from 'zod';
import { deadLetterFilter } from '#contracts';

const reason = z.string().min(1).max(500);

export const replayOne = z
  .strictObject({ reason: reason.optional() })
  .meta({ id: 'ReplayRequest', examples: [{ reason: 'The products table has been mended.' }] })
  .optional();
export type ReplayOne = z.infer<typeof replayOne>;

export const replayMany = z
  .strictObject({
    filter: deadLetterFilter.describe('Which dead letters; an empty filter means all of them.'),
    dryRun: z.boolean().default(false).describe('Only count what would be replayed.'),
    limit: z.int().min(1).max(10_000).default(1_000).describe('The most letters to replay, oldest first.'),
    reason: reason.optional(),
  })
  .meta({ id: 'ReplayManyRequest', examples: [{ filter: { type: 'orders.place.v1' }, dryRun: true, limit: 100 }] });
export type ReplayMany = z.infer<typeof replayMany>;

export const discardOne = z
  .strictObject({ reason })
  .meta({ id: 'DiscardRequest', examples: [{ reason: 'A test order that nobody misses.' }] });
export type DiscardOne = z.infer<typeof discardOne>;

/** What an operator's action left behind. */
export const changedLetter = z
  .strictObject({ id: z.uuid(), state: z.string().nullable() })
  .meta({ id: 'ChangedDeadLetter', examples: [{ id: '0b9f6a52-6c1e-7c55-9a43-1f0f0a6f8a01', state: 'retrying' }] });
export type ChangedLetter = z.infer<typeof changedLetter>;
