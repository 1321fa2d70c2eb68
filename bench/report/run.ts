import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem, type } from 'node:os';
import { pairwise, spreadOf, type Spread } from '../measuring/pairwise.js';
import type { Sizes } from '../options.js';
import type { Failure, Sample } from '../scenarios/scenario.js';
import { SERVERS } from '../servers/index.js';
import { reference } from '../systems/index.js';
import type { Ground } from '../systems/system.js';

const GIBIBYTE = 1024 ** 3;
const PACKAGES = [
  '@nestjs/core',
  '@nestjs/microservices',
  '@golevelup/nestjs-rabbitmq',
  'bullmq',
  'pg-boss',
  'typeorm',
  'fastify',
  'amqplib',
];

/** One run of the bench, as its JSON file keeps it. */
export interface Run {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly sizes: Sizes;
  /** How long all of it took. */
  readonly seconds: number;
  readonly samples: readonly Sample[];
  readonly failures: readonly Failure[];
}

/** What is measured where, before anything is. */
export async function describeRun(
  { postgres, servers }: Ground,
  sizes: Sizes,
): Promise<Pick<Run, 'date' | 'machine' | 'versions' | 'sizes'>> {
  const { dependencies } = JSON.parse(readFileSync('bench/peers/package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return {
    date: new Date().toISOString(),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / GIBIBYTE)} GiB, ${type()}`,
    versions: {
      node: process.version,
      PostgreSQL: await postgres.version(),
      ...Object.fromEntries([...servers].map(([name, { version }]) => [SERVERS[name].title, version])),
      ...Object.fromEntries(PACKAGES.map((name) => [name, dependencies[name] ?? ''])),
    },
    sizes,
  };
}

/** A figure of all rounds; undefined where it was not measured, or the machine does not tell. */
export function summaryOf(run: Run, scenario: string, system: string, metric: string): Spread | undefined {
  return spreadOf([...byRound(run, scenario, system, metric).values()]);
}

/** The same as its ratio to the reference, taken within each round. */
export function ratioOf(run: Run, scenario: string, system: string, metric: string): Spread | undefined {
  const others = byRound(run, scenario, reference.name, metric);
  return spreadOf(pairwise(byRound(run, scenario, system, metric), others));
}

/** The scenarios of a run in the order in which they were measured, and its systems. */
export function namesIn(run: Run): { scenarios: string[]; systems: string[] } {
  return {
    scenarios: [...new Set(run.samples.map(({ scenario }) => scenario))],
    systems: [...new Set(run.samples.map(({ system }) => system))],
  };
}

function byRound(run: Run, scenario: string, system: string, metric: string): Map<number, number> {
  const samples = run.samples.filter((sample) => sample.scenario === scenario && sample.system === system);
  return new Map(samples.map(({ round, values }) => [round, values[metric] ?? Number.NaN]));
}
