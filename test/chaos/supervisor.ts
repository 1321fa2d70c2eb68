import type { AppProcess } from '#testing';
import { pass } from '../faults/length.js';

const RESTART_MS = 300;
const STARTS_MAX = 60;

/** Starts a process as every deployment does: again, when it ends at its start because something that it needs is away. */
export async function keepStarting(process: AppProcess): Promise<void> {
  for (let starts = 1; ; starts++) {
    try {
      return await process.start();
    } catch (error) {
      if (starts === STARTS_MAX) throw error;
      await pass(RESTART_MS);
    }
  }
}
