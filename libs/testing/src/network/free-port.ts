import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems give to outgoing connections, of which one might take the port before the program does. */
const LOWEST = 20_000;
const BEYOND = 32_768;
const GIVEN_MAX = (BEYOND - LOWEST) / 2;

const given = new Set<number>();

/** A TCP port of 127.0.0.1 that nobody listens on just now, for a program that must be told one; another one at each call. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, BEYOND);
    if (given.has(port)) continue;
    if (given.size >= GIVEN_MAX) given.clear();
    // Before it is tried, so that a call beside this one tries another.
    given.add(port);
    if (await isFree(port)) return port;
  }
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
