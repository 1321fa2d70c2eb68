import { z } from 'zod';
import { operation } from '../operations/operation.js';

export const operationsAnswer = z
  .strictObject({ operations: z.array(operation) })
  .meta({ id: 'Operations', description: 'One operation for each command, in the order of the request.' });

const batchItem = z
  .strictObject({
    /** As if the command had been sent alone: 202, 200 after a wait, 422, 503 … */
    status: z.int(),
    operation: operation.optional(),
    /** Why there is none: a problem document. */
    problem: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'BatchItem' });
export type BatchItem = z.infer<typeof batchItem>;

export const itemsAnswer = z
  .strictObject({ items: z.array(batchItem) })
  .meta({ id: 'BatchItems', description: 'What became of each command, in the order of the request.' });

export type BatchAnswer = z.infer<typeof operationsAnswer> | { readonly items: readonly BatchItem[] };
