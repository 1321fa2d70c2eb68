import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guarantees } from '#messaging';

/** What a queue that all gateways share is sealed as, by whichever of them. */
const WHOLE_QUEUE = 'queue';
const FILE = 'sealer-id';

export interface Sealer {
  readonly sealer: string;
  /** How many there are. */
  readonly sealers: number;
}

/**
 * Who seals: one for all where the queue is the same for every gateway, otherwise each gateway its own spool. A spool's name is
 * kept beside it, so that a repeated run is known again.
 */
export async function sealerOf(
  { ordering }: Pick<Guarantees, 'ordering'>,
  dataDir: string,
  spools: number,
): Promise<Sealer> {
  if (ordering === 'global') return { sealer: WHOLE_QUEUE, sealers: 1 };
  return { sealer: await nameOf(dataDir), sealers: spools };
}

async function nameOf(dataDir: string): Promise<string> {
  const path = join(dataDir, FILE);
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(path, randomUUID(), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}
