import { z } from 'zod';
import { defineSettings, setting } from '#settings';
import { spoolSettings } from '../spool-settings.js';

export const failoverSettings = defineSettings({
  SPOOL: setting(z.enum(['none', 'failover']), {
    default: 'none',
    meaning:
      'With failover, commands that the broker cannot take are kept in the spool on this machine, and forwarded when it can; ' +
      'in-process and tcp keep all of theirs there anyway.',
  }),
  ...spoolSettings,
});
