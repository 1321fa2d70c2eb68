import { BenchProcess } from '../measuring/bench-process.js';
import { peakMemoryMib } from '../measuring/process-table.js';
import type { Load } from '../load/load.js';
import type { Options } from '../options.js';
import type { Ground, RunningSystem, System } from '../systems/system.js';
import { accept, drain, latency, outage, steady, warmUp } from './phases.js';
import type { Measured, Sample, ScenarioName, Stage } from './scenario.js';
import { ReadingsTable } from './table.js';

const READY_MS_MAX = 60_000;
const POLL_MS = 50;

/** Runs the chosen scenarios of one system once, in processes started for it, and leaves its queue empty. */
export async function measureOnce(
  system: System,
  round: number,
  { ground, load, options }: { ground: Ground; load: Load; options: Options },
): Promise<Sample[]> {
  const databaseUrl = ground.postgres.urlOf(`bench_${system.name}`);
  const plans = await system.plan(ground);
  const gateway = new BenchProcess(plans.gateway);
  const consumer = plans.consumer && new BenchProcess(plans.consumer);
  const running: RunningSystem = { system, url: plans.url, databaseUrl, gateway, consumer };
  const rows = new ReadingsTable(databaseUrl);
  try {
    if (system.kind !== 'sluice') await rows.create();
    await consumer?.start();
    await gateway.start();
    if (system.kind === 'sluice') await readiness(plans.url);
    const measured = await runScenarios({ running, ground, load, rows, sizes: options.sizes }, options.scenarios);
    return [...measured, memoryOf(running)].map((one) => ({ ...one, system: system.name, round }));
  } finally {
    await gateway.stop();
    await consumer?.stop();
  }
}

async function runScenarios(stage: Stage, chosen: ReadonlySet<ScenarioName>): Promise<Measured[]> {
  const { kind, pausedBy } = stage.running.system;
  const measured: Measured[] = [];
  await warmUp(stage);
  if (chosen.has('steady')) measured.push(...(await steady(stage)));
  if (chosen.has('latency')) measured.push(...(await latency(stage)));
  // A peer that needs the database to accept, or that loses what it cannot write, has nothing to show here.
  if (chosen.has('outage') && kind !== 'peer') measured.push(...(await outage(stage)));
  if (!chosen.has('accept') && !chosen.has('drain')) return measured;
  const accepted = await accept(stage);
  const drained = pausedBy === 'nothing' ? [] : await drain(stage);
  if (pausedBy === 'nothing') await stage.rows.settle(stage.sizes.slowBacklog, 'what was saved');
  if (chosen.has('accept')) measured.push(...accepted);
  if (chosen.has('drain')) measured.push(...drained);
  return measured;
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
