import type { Fault } from './fault.js';

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

/** Writes fail; a server that ends of it is started again, as any supervisor does. */
export const databaseDiskFull: Fault = {
  kind: 'database',
  name: "database's disk is full",
  parts: ['database'],
  begin: async ({ database }) => {
    if (!database.disk.mounted) return async () => undefined;
    await database.disk.fill();
    return async () => {
      await database.disk.empty();
      if (database.ended) await database.start();
    };
  },
};

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
