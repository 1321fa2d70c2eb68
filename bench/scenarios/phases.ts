import { quantile } from '../measuring/median.js';
import type { LoadResult } from '../load/plan.js';
import type { Measured, Stage } from './scenario.js';
import { countUsage } from './usage.js';

/** Requests under way at a time in a closed loop. */
const CONNECTIONS = 64;
/** At a constant rate: enough that a request is never late for want of one. */
const CONNECTIONS_OPEN = 256;
const SECOND_MS = 1_000;
/** While the database is away. */
const OUTAGE_PER_SECOND = 500;

/** Makes the code of all processes hot, and shows that the system works. */
export async function warmUp(stage: Stage): Promise<void> {
  await stage.rows.clear();
  await flood(stage, stage.sizes.warmUp);
  await stage.rows.settle(stage.sizes.warmUp, 'the warm-up');
}

/** Gateway and consumer work at once; the rate is from the first request to the last commit. */
export async function steady(stage: Stage): Promise<Measured[]> {
  const { rows, sizes } = stage;
  await rows.clear();
  const usage = countUsage(stage);
  const result = await flood(stage, sizes.steady);
  await rows.settle(sizes.steady, 'the steady state');
  const cpu = usage(sizes.steady);
  const { lastMs, transactions } = await rows.commits();
  const perSecond = (sizes.steady * SECOND_MS) / (lastMs - result.beganEpochMs);
  const { p50Ms, p99Ms } = result;
  return [
    { scenario: 'steady', values: { perSecond, p50Ms, p99Ms, rowsPerCommit: sizes.steady / transactions, ...cpu } },
  ];
}

/** From the instant at which a request was due to the commit of its row. */
export async function latency(stage: Stage): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const perSecond of stage.sizes.ratesPerSecond) {
    await stage.rows.clear();
    const requests = perSecond * stage.sizes.latencySeconds;
    const result = await flow(stage, perSecond, requests);
    await stage.rows.settle(requests, `${perSecond}/s`);
    const committed = await stage.rows.commitTimes();
    const latencies = [...committed].map(([index, at]) => at - result.beganEpochMs - (index * SECOND_MS) / perSecond);
    latencies.sort((a, b) => a - b);
    const values = { p50Ms: quantile(latencies, 0.5), p99Ms: quantile(latencies, 0.99), acceptP99Ms: result.p99Ms };
    measured.push({ scenario: `latency at ${perSecond}/s`, values });
  }
  return measured;
}

/** What a client waits for its 202 with the database up, and with the database killed; then everything must arrive. */
export async function outage(stage: Stage): Promise<Measured[]> {
  const { rows, ground, sizes } = stage;
  const requests = OUTAGE_PER_SECOND * sizes.latencySeconds;
  await rows.clear();
  const up = await flow(stage, OUTAGE_PER_SECOND, requests);
  await rows.settle(requests, 'the database up');
  await rows.clear();
  await ground.postgres.kill();
  const away = await flow(stage, OUTAGE_PER_SECOND, requests);
  await ground.postgres.restart();
  await rows.settle(requests, 'the outage');
  const values = { upP50Ms: up.p50Ms, awayP50Ms: away.p50Ms, upP99Ms: up.p99Ms, awayP99Ms: away.p99Ms };
  return [{ scenario: 'outage', values }];
}

/** Nothing writes while commands are taken. Afterwards they wait: `drain` takes them. */
export async function accept(stage: Stage): Promise<Measured[]> {
  const { rows } = stage;
  await rows.clear();
  await pause(stage);
  const requests = backlogOf(stage);
  const usage = countUsage(stage);
  const { accepted, seconds, p50Ms, p99Ms } = await flood(stage, requests);
  return [{ scenario: 'accept', values: { perSecond: accepted / seconds, p50Ms, p99Ms, ...usage(requests) } }];
}

/** The rate is from the first commit to the last one, so that a start does not count; the CPU holds the consumer's start. */
export async function drain(stage: Stage): Promise<Measured[]> {
  const usage = countUsage(stage);
  await resume(stage);
  const requests = backlogOf(stage);
  await stage.rows.settle(requests, 'the backlog');
  const { firstMs, lastMs, firstCount } = await stage.rows.commits();
  const perSecond = ((requests - firstCount) * SECOND_MS) / (lastMs - firstMs);
  return [{ scenario: 'drain', values: { perSecond, ...usage(requests) } }];
}

function backlogOf({ running, sizes }: Stage): number {
  return running.system.slow ? sizes.slowBacklog : sizes.backlog;
}

async function pause({ running, ground }: Stage): Promise<void> {
  if (running.system.pausedBy === 'consumer') await running.consumer?.stop();
  if (running.system.pausedBy === 'database') await ground.postgres.kill();
}

async function resume({ running, ground }: Stage): Promise<void> {
  if (running.system.pausedBy === 'consumer') await running.consumer?.start();
  if (running.system.pausedBy === 'database') await ground.postgres.restart();
}

function flood({ load, running }: Stage, requests: number): Promise<LoadResult> {
  return load.apply({ url: running.url, connections: CONNECTIONS, requests });
}

function flow({ load, running }: Stage, perSecond: number, requests: number): Promise<LoadResult> {
  return load.apply({ url: running.url, connections: CONNECTIONS_OPEN, perSecond, requests });
}
