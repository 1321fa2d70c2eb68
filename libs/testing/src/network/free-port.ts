import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../process/is-alive.js';

/** Below those that systems give to outgoing connections, of which one might take the port before the program does. */
const LOWEST = 20_000;
const BEYOND = 32_768;
/** Who was given which port: a server that is away for a moment must not find another test's in its place. */
const GIVEN = join(tmpdir(), `sluice-ports-${process.getuid?.() ?? 'user'}`);

/** A TCP port of 127.0.0.1 that nobody listens on, for a program that must be told one; it is given to nobody else while this process lives. */
export async function freePort(): Promise<number> {
  mkdirSync(GIVEN, { recursive: true });
  for (;;) {
    const port = randomInt(LOWEST, BEYOND);
    // Before it is tried, so that a call beside this one tries another.
    if (isReserved(port) && (await isFree(port))) return port;
  }
}

/** Whether the port is now this process's: nobody's before, or that of a process that is no more. */
function isReserved(port: number): boolean {
  const file = join(GIVEN, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (isAlive(Number(readFileSync(file, 'utf8')))) return false;
  writeFileSync(file, String(process.pid));
  return true;
}

/** Whether nobody listens there. */
export async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
