import { existsSync, readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;
const KIBIBYTES_PER_MEBIBYTE = 1_024;
/** Where the fields of /proc/<pid>/stat lie behind the name in brackets, which may hold anything. */
const FIELD = { parent: 1, times: [11, 12, 13, 14] } as const;

/** Whether this system tells what a process has used. */
export const TELLS_USAGE = existsSync('/proc/self/stat');

/** Seconds of CPU that a process, its descendants and those of them that have ended have used; NaN where nobody tells. */
export function cpuSecondsOf(root: number | undefined): number {
  if (root === undefined || !TELLS_USAGE) return Number.NaN;
  const table = new Map(pids().map((pid) => [pid, statOf(pid)]));
  const family = new Set([root]);
  let grown = true;
  while (grown) {
    const before = family.size;
    for (const [pid, stat] of table) if (stat && family.has(Number(stat[FIELD.parent]))) family.add(pid);
    grown = family.size > before;
  }
  return [...family].reduce((sum, pid) => sum + secondsOf(table.get(pid)), 0);
}

/** Seconds of CPU of a process's first thread, the one that runs its JavaScript; NaN where nobody tells. */
export function mainThreadSecondsOf(pid: number | undefined): number {
  if (pid === undefined || !TELLS_USAGE) return Number.NaN;
  const stat = statOf(`${pid}/task/${pid}`);
  return FIELD.times.slice(0, 2).reduce((sum, field) => sum + Number(stat?.[field] ?? 0), 0) / TICKS_PER_SECOND;
}

/** The memory that a process holds now, in MiB; NaN where nobody tells. */
export function memoryMib(pid: number | undefined): number {
  return statusMib(pid, 'VmRSS');
}

/** The most memory that a process has held at a time, in MiB; NaN where nobody tells. */
export function peakMemoryMib(pid: number | undefined): number {
  return statusMib(pid, 'VmHWM');
}

function statusMib(pid: number | undefined, field: 'VmRSS' | 'VmHWM'): number {
  if (pid === undefined || !TELLS_USAGE) return Number.NaN;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / KIBIBYTES_PER_MEBIBYTE;
}

function pids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

function statOf(pid: number | string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function secondsOf(stat: string[] | undefined): number {
  return FIELD.times.reduce((sum, field) => sum + Number(stat?.[field] ?? 0), 0) / TICKS_PER_SECOND;
}
