import type { TransportPlugin } from '../plugin.js';
import { spoolOptionsOf, spoolSettings } from '../spool-settings.js';
import { InProcessTransport } from './in-process-transport.js';

export const inProcess: TransportPlugin<typeof spoolSettings> = {
  name: 'in-process',
  settings: spoolSettings,
  create: (settings, installation) => new InProcessTransport(spoolOptionsOf(settings, installation)),
};
