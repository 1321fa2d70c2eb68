import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem, type } from 'node:os';
import { median } from '../measuring/median.js';
import type { Sizes } from '../options.js';
import type { Sample } from '../scenarios/scenario.js';
import { RedisServer } from '../servers/redis.js';
import type { Ground } from '../systems/system.js';
import { reference } from '../systems/index.js';

const GIBIBYTE = 1024 ** 3;

/** One run of the bench, as its JSON file keeps it. */
export interface Run {
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly sizes: Sizes;
  readonly samples: readonly Sample[];
}

/** A figure of all rounds. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** To the reference: the median of the rounds' own ratios. */
  readonly ratio: number;
}

export async function describeRun(ground: Ground, sizes: Sizes, samples: readonly Sample[]): Promise<Run> {
  const peers = JSON.parse(readFileSync('bench/peers/package.json', 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const named = ['@nestjs/core', '@nestjs/microservices', '@golevelup/nestjs-rabbitmq', 'bullmq', 'pg-boss', 'typeorm'];
  return {
    date: new Date().toISOString(),
    machine: `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / GIBIBYTE)} GiB, ${type()}`,
    versions: {
      node: process.version,
      PostgreSQL: await ground.postgres.version(),
      ...(ground.broker && { RabbitMQ: ground.broker.version }),
      ...(ground.redis && { Redis: RedisServer.version() ?? '' }),
      ...Object.fromEntries([...named, 'fastify', 'amqplib'].map((name) => [name, peers.dependencies[name] ?? ''])),
    },
    sizes,
    samples,
  };
}

/** Undefined where that was not measured, or the machine does not tell. */
export function summaryOf(run: Run, scenario: string, system: string, metric: string): Summary | undefined {
  const perRound = (name: string) =>
    new Map(
      run.samples
        .filter((sample) => sample.scenario === scenario && sample.system === name)
        .map(({ round, values }) => [round, values[metric] ?? Number.NaN]),
    );
  const [own, others] = [perRound(system), perRound(reference.name)];
  const values = [...own.values()].filter(Number.isFinite);
  if (values.length === 0) return undefined;
  const ratios = [...own].map(([round, value]) => value / (others.get(round) ?? Number.NaN)).filter(Number.isFinite);
  return { median: median(values), low: Math.min(...values), high: Math.max(...values), ratio: median(ratios) };
}

/** The scenarios and systems of a run, in the order in which they were measured. */
export function namesIn(run: Run): { scenarios: string[]; systems: string[] } {
  return {
    scenarios: [...new Set(run.samples.map(({ scenario }) => scenario))],
    systems: [...new Set(run.samples.map(({ system }) => system))],
  };
}
