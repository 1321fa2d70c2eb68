import { z } from 'zod';

import { defineSettings, setting } from './definition.js';

/** What the gateway and persistence of one installation have in common. */
export const installationSettings = defineSettings({
  TRANSPORT: setting(z.string().min(1).max(64), {
    default: 'in-process',
    meaning: 'Name of the transport that carries commands from the gateway to persistence.',
  }),
  DATA_DIR: setting(z.string().min(1), {
    default: './.sluice',
    meaning:
      'Folder of everything that this installation keeps on this machine: spool, embedded database, generated secrets.',
  }),
  LANES: setting(z.coerce.number().int().min(1).max(1024), {
    default: 16,
    meaning: 'Slices of the queue that are worked on in parallel; recorded in the database, the same in every process.',
  }),
  SHUTDOWN_MS: setting(z.coerce.number().int().min(0).max(600_000), {
    default: 10_000,
    meaning: 'How long a stopping process lets what it has in hand end, in milliseconds.',
  }),
});
