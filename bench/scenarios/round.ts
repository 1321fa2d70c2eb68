import { BenchProcess } from '../measuring/bench-process.js';
import { peakMemoryMib } from '../measuring/process-table.js';
import { Load } from '../load/load.js';
import type { Options } from '../options.js';
import type { Ground, RunningSystem, System } from '../systems/system.js';
import { catchUp } from './catch-up.js';
import { flatness } from './flatness.js';
import { growth } from './growth.js';
import { accept, backlogOf, drain, latency, outage, steady, warmUp } from './phases.js';
import type { Measured, ScenarioName, Stage } from './scenario.js';
import { ReadingsTable } from './table.js';

const READY_MS_MAX = 60_000;
const POLL_MS = 50;
const SECOND_MS = 1_000;

/** What a round of one system is to measure, and who hears of each figure as soon as it is there. */
export interface RoundPlan {
  readonly system: System;
  readonly round: number;
  readonly options: Options;
  readonly hear: (measured: Measured) => void;
}

/**
 * Runs the chosen scenarios of one system once, in processes started for it, and leaves its queue empty. Rejects with the
 * scenario that failed, and what the system's processes said; what was heard before stands.
 */
export async function measureOnce(plan: RoundPlan, ground: Ground): Promise<void> {
  const { system, options } = plan;
  const databaseUrl = ground.postgres.urlOf(`bench_${system.name}`);
  const plans = await system.plan(ground);
  const gateway = new BenchProcess(plans.gateway);
  const consumer = plans.consumer && new BenchProcess(plans.consumer);
  const running: RunningSystem = { system, url: plans.url, databaseUrl, gateway, consumer };
  const rows = new ReadingsTable(databaseUrl);
  const load = await Load.start();
  let under = 'start';
  try {
    if (system.kind !== 'sluice') await rows.create();
    await consumer?.start();
    await gateway.start();
    if (system.kind === 'sluice') await readiness(plans.url);
    const stage = { running, ground, load, rows, sizes: options.sizes };
    for (const [name, run] of stepsOf(plan)) {
      under = name;
      const began = performance.now();
      for (const measured of await run(stage)) plan.hear(measured);
      console.error(`  ${name}: ${((performance.now() - began) / SECOND_MS).toFixed(1)} s`);
    }
  } catch (error) {
    const message = `${under}: ${(error as Error).message}`;
    const said = [gateway, consumer].map((one) => one?.lastWords ?? '').filter((words) => !message.includes(words));
    throw new Error([message, ...said].join('\n'), { cause: error });
  } finally {
    load.stop();
    await gateway.stop();
    await consumer?.stop();
  }
}

type Step = readonly [name: string, run: (stage: Stage) => Promise<Measured[]>];

function stepsOf({ system, round, options }: RoundPlan): Step[] {
  const { scenarios, sizes } = options;
  const ours = system.kind !== 'peer';
  const wanted = (name: ScenarioName, when = true) => when && scenarios.has(name);
  const long = ours && round <= sizes.longRounds;
  const backlog = wanted('accept') || wanted('drain');
  const steps: (Step | false)[] = [
    ['warm-up', async (stage) => (await warmUp(stage), [])],
    wanted('steady') && ['steady', steady],
    wanted('latency') && ['latency', latency],
    // A peer that needs the database to accept, or that loses what it cannot write, has nothing to show here.
    wanted('outage', ours) && ['outage', outage],
    wanted('catch-up', ours) && ['catch-up', catchUp],
    backlog && ['accept', async (stage) => shownIf(wanted('accept'), await accept(stage))],
    backlog && ['drain', async (stage) => shownIf(wanted('drain'), await drainOrSettle(stage))],
    // Before what takes more memory than a usual day.
    ['memory', ({ running }) => Promise.resolve([memoryOf(running)])],
    wanted('flatness', long) && ['flatness', flatness],
    wanted('growth', long) && ['growth', growth],
  ];
  return steps.filter((step) => step !== false);
}

function shownIf(wanted: boolean, measured: Measured[]): Measured[] {
  return wanted ? measured : [];
}

/** What has no queue has written everything already. */
async function drainOrSettle(stage: Stage): Promise<Measured[]> {
  if (stage.running.system.pausedBy !== 'nothing') return drain(stage);
  await stage.rows.settle(backlogOf(stage), 'what was saved');
  return [];
}

function memoryOf({ gateway, consumer }: RunningSystem): Measured {
  const values = { gatewayMib: peakMemoryMib(gateway.pid), consumerMib: peakMemoryMib(consumer?.pid) };
  return { scenario: 'memory', values };
}

/** The product's own word that all its parts work. */
async function readiness(url: string): Promise<void> {
  const healthUrl = new URL('/health/ready', url);
  const deadline = performance.now() + READY_MS_MAX;
  for (;;) {
    const health = (await (await fetch(healthUrl)).json()) as { status?: string };
    if (health.status === 'ready') return;
    if (performance.now() > deadline) throw new Error(`${healthUrl.href} says ${JSON.stringify(health)}.`);
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
}
