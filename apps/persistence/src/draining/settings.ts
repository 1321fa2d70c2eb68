import { defineSettings, setting } from '#settings';
import { z } from 'zod';

/** `DRAIN_FROM` as the way out of a move that is to be given up. */
export const NO_DRAIN = 'none';

export const drainingSettings = defineSettings({
  DRAIN_FROM: setting(z.string().min(1).max(64).optional(), {
    meaning:
      'Name of the transport that this installation moves away from: it is applied to its seals before TRANSPORT is. ' +
      'none: give up the order of a move that was not finished.',
  }),
});
