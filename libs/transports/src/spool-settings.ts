import { join } from 'node:path';
import { z } from 'zod';
import { defineSettings, setting, type SettingsOf } from '#settings';
import { limitsOf, SPOOL_BYTES_MAX_LEAST, type SpoolOptions } from '#spool';

const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

/** The bounds of this process's spool, the same for every transport that keeps one. */
export const spoolSettings = defineSettings({
  SPOOL_BYTES_MAX: setting(z.coerce.number().int().min(SPOOL_BYTES_MAX_LEAST), {
    default: 1024 ** 3,
    meaning: 'The most bytes that the spool takes up on the disk, its write-ahead log included.',
  }),
  SPOOL_COUNT_MAX: setting(z.coerce.number().int().min(1), {
    default: 2_000_000,
    meaning: 'The most commands that wait in the spool.',
  }),
});

/** The one spool of a process: in the same place whatever the transport, so that the next one finds what is left in it. */
export function spoolOptionsOf(
  { SPOOL_BYTES_MAX, SPOOL_COUNT_MAX }: SettingsOf<typeof spoolSettings>,
  { lanes, dataDir }: { readonly lanes: number; readonly dataDir: string },
): SpoolOptions {
  return { directory: join(dataDir, 'spool'), lanes, bytesMax: SPOOL_BYTES_MAX, countMax: SPOOL_COUNT_MAX };
}

/** The largest body in bytes that a spool of that bound takes: the other half of an entry is for the attributes. */
export function spoolMessageBytesMax(bytesMax: number): number {
  return Math.min(MESSAGE_BYTES_MAX, Math.floor(limitsOf(bytesMax).entryBytesMax / 2));
}
