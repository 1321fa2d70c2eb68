import type { AppProcess } from '#testing';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ClockJump, ClockTold } from './clock.js';

const CLOCK = pathToFileURL(fileURLToPath(import.meta.resolve('./clock.js'))).href;
/** How far what the process then says may be from what it should say. */
const TOLERANCE_MS = 30_000;

/** The setting that loads the clock into a process and its threads before anything else. */
export function withClock(): { NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${CLOCK}`.trim() };
}

/** From now on the process takes it to be `offsetMs` later than it is. Rejects if it says that it does not; a process that is gone is right again. */
export async function setClock(process: AppProcess, offsetMs: number): Promise<void> {
  const jump: ClockJump = { clockOffsetMs: offsetMs };
  const told = (await process.ask(jump)) as ClockTold | undefined;
  if (!told) return;
  const wrongMs = told.clockMs - Date.now() - offsetMs;
  if (Math.abs(wrongMs) > TOLERANCE_MS)
    throw new Error(`${process.url} did not see its clock jump by ${offsetMs} ms: it is ${wrongMs} ms off that.`);
}
