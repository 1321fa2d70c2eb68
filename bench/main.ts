import { createTestDirectory } from '#testing';
import { clearGround, prepareGround, renewGround } from './ground.js';
import { parseOptions, waitingMaxOf, type Options } from './options.js';
import { reportProfiles } from './profiles/report.js';
import { describeRun, type Run } from './report/run.js';
import { printRun } from './report/table.js';
import { writeDocument, writeJson } from './report/write.js';
import { orderOf } from './scenarios/order.js';
import { measureOnce } from './scenarios/round.js';
import type { Failure, Sample } from './scenarios/scenario.js';
import { SYSTEMS, reference } from './systems/index.js';
import type { Ground, System } from './systems/system.js';

const SECOND_MS = 1_000;

const options = parseOptions(
  process.argv.slice(2),
  SYSTEMS.map(({ name }) => name),
);
const run = await measure(chosenSystems(options), options);
printRun(run);
if (options.profileDir) reportProfiles(run, options.profileDir, options);
else if (options.write) writeDocument(run, options);
if (run.failures.length > 0) process.exitCode = 1;

/**
 * Round by round, each system once in a round, so that what disturbs the machine for a while disturbs all alike. A system that
 * fails costs its own figures of that round only; what there is by then is on disk after every round.
 */
async function measure(systems: readonly System[], given: Options): Promise<Run> {
  const began = performance.now();
  const directory = await createTestDirectory();
  const wishes = { profileDir: given.profileDir, waitingMax: waitingMaxOf(given.sizes) };
  const ground = await prepareGround(directory, systems, wishes);
  try {
    const measured = systems.filter(({ needs }) => needs === undefined || ground.servers.has(needs));
    const samples: Sample[] = [];
    const failures: Failure[] = [];
    const about = await describeRun(ground, given.sizes);
    const runSoFar = () => ({ ...about, seconds: (performance.now() - began) / SECOND_MS, samples, failures });
    for (let round = 1; round <= given.sizes.rounds; round++) {
      for (const system of orderOf(round, measured, given.sizes)) {
        const failure = await measureOrFail({ system, round, options: given }, samples, ground);
        if (failure) failures.push(failure);
      }
      writeJson(runSoFar());
    }
    return runSoFar();
  } finally {
    await clearGround(ground);
    await directory.remove();
  }
}

async function measureOrFail(
  asked: { readonly system: System; readonly round: number; readonly options: Options },
  samples: Sample[],
  ground: Ground,
): Promise<Failure | undefined> {
  const { system, round } = asked;
  console.error(`round ${round} of ${asked.options.sizes.rounds}: ${system.name}`);
  try {
    const hear = (measured: Omit<Sample, 'system' | 'round'>) =>
      void samples.push({ ...measured, system: system.name, round });
    await measureOnce({ ...asked, hear }, ground);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    console.error(`  failed in ${message}`);
    const left = await renewGround(ground, system).then(
      () => '',
      (reason: unknown) => `\nWhat it left could not be cleared: ${String(reason)}`,
    );
    return { system: system.name, round, message: `${message}${left}` };
  }
}

/** The reference is always there: without it a figure says nothing. */
function chosenSystems({ systems: names }: Options): System[] {
  return SYSTEMS.filter(
    (system) => system === reference || (names ? names.has(system.name) : system.onRequest !== true),
  );
}
