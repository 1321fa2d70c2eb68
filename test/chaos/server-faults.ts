import type { Fault, Mend } from './fault.js';
import type { Site } from './site.js';

const ALARM_WATERMARK = '0.00001';
const CALM_WATERMARK = ['absolute', '2GB'] as const;

export function databaseFaults(): Fault[] {
  const parts = ['database'];
  return [
    {
      kind: 'database',
      name: 'database is killed',
      parts,
      begin: async ({ database }) => {
        await database.crash();
        return () => database.start();
      },
    },
    {
      kind: 'database',
      name: 'database is stopped',
      parts,
      begin: async ({ database }) => {
        await database.stop();
        return () => database.start();
      },
    },
    {
      kind: 'database',
      name: 'database stands still',
      parts,
      begin: async ({ database }) => {
        await database.freeze();
        return async () => database.thaw();
      },
    },
  ];
}

export function brokerFaults(): Fault[] {
  const fault = (what: string, begin: (broker: NonNullable<Site['broker']>) => Promise<Mend>): Fault => ({
    kind: 'broker',
    name: `broker ${what}`,
    parts: ['broker'],
    begin: ({ broker }) => (broker ? begin(broker) : Promise.reject(new Error('This site has no broker.'))),
  });
  return [
    fault('is killed', async (broker) => {
      await broker.crash();
      return () => broker.start();
    }),
    fault('is stopped', async (broker) => {
      await broker.stop();
      return () => broker.start();
    }),
    fault('stands still', async (broker) => {
      broker.freeze();
      return async () => broker.thaw();
    }),
    fault('runs out of memory', async (broker) => {
      await broker.ctl('set_vm_memory_high_watermark', ALARM_WATERMARK);
      return async () => {
        await broker.ctl('set_vm_memory_high_watermark', ...CALM_WATERMARK);
      };
    }),
  ];
}

/** Nobody who keeps something on the disk of the processes can write. */
export const diskFull: Fault = {
  kind: 'disk',
  name: 'disk is full',
  parts: ['disk'],
  begin: async ({ disk }) => {
    if (!disk.mounted) return async () => undefined;
    await disk.fill();
    return () => disk.empty();
  },
};
