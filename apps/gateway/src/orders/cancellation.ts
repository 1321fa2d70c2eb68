import { z } from 'zod';

export const orderId = z.uuid();

/** `CancelOrder` without the id, which stands in the path. */
export const cancellation = z
  .strictObject({ reason: z.string().max(500).optional() })
  .meta({ id: 'Cancellation', examples: [{ reason: 'Changed my mind.' }] })
  .optional();
export type Cancellation = z.infer<typeof cancellation>;
