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
