import { existsSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestDirectory } from '#testing';
import { BenchBroker } from './servers/broker.js';
import { BenchPostgres } from './servers/postgres.js';
import { RedisServer } from './servers/redis.js';
import type { Ground, System } from './systems/system.js';

/** Starts the servers that the systems need, each of them the bench's own. */
export async function prepareGround(
  directory: TestDirectory,
  systems: readonly System[],
  profileDir: string | undefined,
): Promise<Ground> {
  linkPeerPackages();
  const needs = (server: System['needs']) => systems.some((system) => system.needs === server);
  const postgres = await BenchPostgres.start(`${directory.path}/postgres`);
  for (const { name } of systems) await postgres.createDatabase(`bench_${name}`);
  const broker = needs('broker') ? await BenchBroker.start() : undefined;
  const redis = needs('redis') ? await RedisServer.start(`${directory.path}/redis`) : undefined;
  return { directory: directory.path, postgres, broker, redis, profileDir };
}

export async function clearGround({ postgres, broker, redis }: Ground): Promise<void> {
  await redis?.stop();
  await broker?.remove();
  await postgres.stop();
}

/** They lie beside `dist/bench`, where the build deletes nothing of them, and the compiled peers find them by this link. */
function linkPeerPackages(): void {
  const link = fileURLToPath(import.meta.resolve('./peers/node_modules'));
  if (!existsSync(link)) symlinkSync('../../peers/node_modules', link, 'junction');
  if (!existsSync(link))
    throw new Error(`The peers' packages are not in ${dirname(link)}; npm run bench installs them.`);
}
