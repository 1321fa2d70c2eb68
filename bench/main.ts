import { createTestDirectory } from '#testing';
import { clearGround, prepareGround } from './ground.js';
import { Load } from './load/load.js';
import { parseOptions, type Options } from './options.js';
import { printProfiles } from './report/profile.js';
import { describeRun, type Run } from './report/run.js';
import { printRun } from './report/table.js';
import { writeDocument, writeJson } from './report/write.js';
import { measureOnce } from './scenarios/round.js';
import type { Sample } from './scenarios/scenario.js';
import { RedisServer } from './servers/redis.js';
import { SYSTEMS, reference } from './systems/index.js';
import type { System } from './systems/system.js';

const options = parseOptions(
  process.argv.slice(2),
  SYSTEMS.map(({ name }) => name),
);
const systems = chosenSystems(options);
const run = await measure(systems, options);
printRun(run);
writeJson(run);
if (options.write) writeDocument(run);
if (options.profileDir) printProfiles(options.profileDir);

/** Round by round, each system once in a round, so that what disturbs the machine for a while disturbs all alike. */
async function measure(measured: readonly System[], given: Options): Promise<Run> {
  const directory = await createTestDirectory();
  const ground = await prepareGround(directory, measured, given.profileDir);
  const load = await Load.start();
  const samples: Sample[] = [];
  try {
    for (let round = 1; round <= given.sizes.rounds; round++) {
      for (const system of measured) {
        console.error(`round ${round} of ${given.sizes.rounds}: ${system.name}`);
        samples.push(...(await measureOnce(system, round, { ground, load, options: given })));
      }
    }
    return await describeRun(ground, given.sizes, samples);
  } finally {
    load.stop();
    await clearGround(ground);
    await directory.remove();
  }
}

/** The reference is always there: without it a figure says nothing. */
function chosenSystems({ systems: names }: Options): System[] {
  const wanted = SYSTEMS.filter((system) => system === reference || !names || names.has(system.name));
  if (RedisServer.version() !== undefined) return wanted;
  console.error('No redis-server is installed, so what needs it is not measured.');
  return wanted.filter(({ needs }) => needs !== 'redis');
}
