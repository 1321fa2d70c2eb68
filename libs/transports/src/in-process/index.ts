import { join } from 'node:path';
import type { TransportPlugin } from '../plugin.js';
import { InProcessTransport } from './in-process-transport.js';
import { inProcessSettings } from './settings.js';

export const inProcess: TransportPlugin<typeof inProcessSettings> = {
  name: 'in-process',
  settings: inProcessSettings,
  create: ({ SPOOL_BYTES_MAX, SPOOL_COUNT_MAX }, { lanes, dataDir }) =>
    new InProcessTransport({
      directory: join(dataDir, 'spool'),
      lanes,
      bytesMax: SPOOL_BYTES_MAX,
      countMax: SPOOL_COUNT_MAX,
    }),
};
