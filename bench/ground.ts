import type { TestDirectory } from '#testing';
import { SERVERS, type ServerName } from './servers/index.js';
import { BenchPostgres } from './servers/postgres.js';
import type { BenchServer } from './servers/server.js';
import type { Ground, System } from './systems/system.js';

/** On a machine that others use too, a server may not come up in its time. */
const START_ATTEMPTS = 3;

interface Wishes {
  readonly profileDir: string | undefined;
  readonly waitingMax: number;
}

/** Starts the servers that the systems need, each of them the bench's own. One that is not installed is left out. */
export async function prepareGround(
  { path }: TestDirectory,
  systems: readonly System[],
  wishes: Wishes,
): Promise<Ground> {
  const postgres = await BenchPostgres.start(`${path}/postgres`);
  const servers = new Map<ServerName, BenchServer>();
  const ground: Ground = { directory: path, postgres, servers, ...wishes };
  try {
    for (const { name } of systems) await postgres.createDatabase(`bench_${name}`);
    for (const name of new Set(systems.flatMap(({ needs }) => needs ?? []))) {
      const server = await startPatiently(name, `${path}/${name}`);
      if (server) servers.set(name, server);
      else console.error(`No ${SERVERS[name].title} is installed, so what needs it is not measured.`);
    }
    return ground;
  } catch (error) {
    await clearGround(ground);
    throw error;
  }
}

async function startPatiently(name: ServerName, directory: string): Promise<BenchServer | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await SERVERS[name].start(`${directory}-${attempt}`);
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      console.error(`${SERVERS[name].title} did not start, once more: ${(error as Error).message}`);
    }
  }
}

/** Makes the places of a system anew after a round of it that failed, so that what it left disturbs no other round. */
export async function renewGround({ postgres, servers }: Ground, { name, needs }: System): Promise<void> {
  await postgres.ensureRunning();
  await postgres.createDatabase(`bench_${name}`);
  if (needs) await servers.get(needs)?.renew(name);
}

export async function clearGround({ postgres, servers }: Ground): Promise<void> {
  for (const server of servers.values()) await server.stop();
  await postgres.stop();
}
