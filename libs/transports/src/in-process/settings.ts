import { z } from 'zod';
import { defineSettings, setting } from '#settings';
import { SPOOL_BYTES_MAX_LEAST } from '#spool';

export const inProcessSettings = defineSettings({
  SPOOL_BYTES_MAX: setting(z.coerce.number().int().min(SPOOL_BYTES_MAX_LEAST), {
    default: 1024 ** 3,
    meaning: 'The most bytes that the spool takes up on the disk, its write-ahead log included.',
  }),
  SPOOL_COUNT_MAX: setting(z.coerce.number().int().min(1), {
    default: 2_000_000,
    meaning: 'The most commands that wait in the spool.',
  }),
});
