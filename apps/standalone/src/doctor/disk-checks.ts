import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

import { fault, ok, reasonOf, warning, type Finding } from './finding.js';
import type { DoctorSettings } from './settings-checks.js';

/** What is left free on the disk, below which nothing works for long. */
const FREE_BYTES_LEAST = 64 * 1024 * 1024;
/** Each 202 of a spool waits for one. */
const FSYNC_MS_WARNED = 50;
/** Others may be using the disk at the same moment. */
const SYNCS = 3;
const OTHERS_WRITE = 0o002;

export interface Disk {
  readonly freeBytes: (path: string) => Promise<number>;
  readonly now: () => number;
}

const thisDisk: Disk = {
  freeBytes: async (path) => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
  now: () => performance.now(),
};

/** Whether DATA_DIR keeps what is written to it, and has room. `spools`: whether this installation keeps commands there. */
export async function checkDisk(settings: DoctorSettings, spools: boolean, disk = thisDisk): Promise<Finding[]> {
  const { DATA_DIR: path } = settings;
  if (path === undefined) return [];
  const written = await checkWriting(path, disk);
  if (written.level === 'fault') return [written];
  return [written, await checkRights(path), await checkRoom(path, settings, spools, disk)];
}

async function checkWriting(path: string, { now }: Disk): Promise<Finding> {
  const file = join(path, `doctor-${randomUUID()}`);
  try {
    await mkdir(path, { recursive: true, mode: 0o711 });
    const tookMs = Math.round(await quickestSync(file, now));
    const text = `${path} takes writes; the quickest of ${SYNCS} with fsync took ${tookMs} ms.`;
    if (tookMs <= FSYNC_MS_WARNED) return ok('data folder', text);
    return warning('data folder', text, 'Use a faster disk for DATA_DIR: every 202 of a spool waits for an fsync.');
  } catch (error) {
    const remedy = 'Set DATA_DIR to a folder where this user may write, on a disk that has room.';
    return fault('data folder', `${path} cannot be written to: ${reasonOf(error)}.`, remedy);
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

async function quickestSync(file: string, now: Disk['now']): Promise<number> {
  await using handle = await open(file, 'wx', 0o600);
  let quickestMs = Infinity;
  for (let sync = 0; sync < SYNCS; sync++) {
    const before = now();
    await handle.write('Written by npm run doctor; it may be deleted.\n');
    await handle.sync();
    quickestMs = Math.min(quickestMs, now() - before);
  }
  return quickestMs;
}

async function checkRights(path: string): Promise<Finding> {
  const { mode } = await stat(path);
  if ((mode & OTHERS_WRITE) === 0) return ok('data folder rights', 'No other account may write to it.');
  return warning('data folder rights', `Every account may write to ${path}.`, `chmod o-w ${path}`);
}

async function checkRoom(path: string, settings: DoctorSettings, spools: boolean, disk: Disk): Promise<Finding> {
  const free = await disk.freeBytes(path);
  const wanted = spools ? Number(settings['SPOOL_BYTES_MAX'] ?? 0) - (await spoolBytes(path)) : 0;
  const text = `${megabytes(free)} are free${wanted > 0 ? `; the spool may still take ${megabytes(wanted)}` : ''}.`;
  if (free < FREE_BYTES_LEAST) return fault('disk', text, 'Make room, or set DATA_DIR to another disk.');
  if (free - FREE_BYTES_LEAST < wanted) {
    return warning('disk', text, 'Make room, or lower SPOOL_BYTES_MAX: the disk is full before the spool is.');
  }
  return ok('disk', text);
}

async function spoolBytes(dataDir: string): Promise<number> {
  const folder = join(dataDir, 'spool');
  const files = await readdir(folder).catch(() => []);
  const sizes = files.map(async (file) => (await stat(join(folder, file)).catch(() => undefined))?.size ?? 0);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
