import { quantile } from '../measuring/median.js';
import { ratePerSecond } from '../measuring/transactions.js';
import { fill, flood, flow, pause, resume } from './acting.js';
import type { Measured, Stage } from './scenario.js';
import { countUsage } from './usage.js';

const SECOND_MS = 1_000;
/** While the database is away. */
const OUTAGE_PER_SECOND = 500;

/** Makes the code of all processes hot, brings ours past what follows a start, and shows that the system works. */
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
  const fromUs = steadyClockUs();
  const { beganEpochMs, p50Ms, p99Ms } = await flood(stage, sizes.steady);
  await rows.settle(sizes.steady, 'the steady state');
  const window = { fromUs, toUs: steadyClockUs() };
  const cpu = usage(sizes.steady);
  const transactions = await rows.transactions();
  const perSecond = (sizes.steady * SECOND_MS) / ((transactions.at(-1)?.atMs ?? Number.NaN) - beganEpochMs);
  const rowsPerCommit = sizes.steady / transactions.length;
  return [{ scenario: 'steady', values: { perSecond, p50Ms, p99Ms, rowsPerCommit, ...cpu }, window }];
}

/** From the instant at which a request was due to the commit of its row. */
export async function latency(stage: Stage): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const perSecond of stage.sizes.ratesPerSecond) {
    await stage.rows.clear();
    const commands = perSecond * stage.sizes.latencySeconds;
    const result = await flow(stage, perSecond, commands);
    await stage.rows.settle(commands, `${perSecond}/s`);
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
  const commands = OUTAGE_PER_SECOND * sizes.outageSeconds;
  await rows.clear();
  const up = await flow(stage, OUTAGE_PER_SECOND, commands);
  await rows.settle(commands, 'the database up');
  await rows.clear();
  await ground.postgres.kill();
  const away = await flow(stage, OUTAGE_PER_SECOND, commands);
  await ground.postgres.restart();
  await rows.settle(commands, 'the outage');
  const values = {
    upP50Ms: up.p50Ms,
    awayP50Ms: away.p50Ms,
    upP99Ms: up.p99Ms,
    awayP99Ms: away.p99Ms,
    p99Ratio: away.p99Ms / up.p99Ms,
  };
  return [{ scenario: 'outage', values }];
}

/** Nothing writes while commands are taken. Afterwards a whole backlog waits, which `drain` takes. */
export async function accept(stage: Stage): Promise<Measured[]> {
  await stage.rows.clear();
  await pause(stage);
  const backlog = backlogOf(stage);
  const commands = Math.min(backlog, stage.sizes.accept);
  const usage = countUsage(stage);
  const { accepted, seconds, p50Ms, p99Ms } = await flood(stage, commands);
  const values = { perSecond: accepted / seconds, p50Ms, p99Ms, ...usage(commands) };
  await fill(stage, backlog - commands);
  return [{ scenario: 'accept', values }];
}

/** The rate is from the first commit to the last one, so that a start does not count; the CPU holds the consumer's start. */
export async function drain(stage: Stage): Promise<Measured[]> {
  const usage = countUsage(stage);
  await resume(stage);
  const backlog = backlogOf(stage);
  await stage.rows.settle(backlog, 'the backlog');
  const cpu = usage(backlog);
  const perSecond = ratePerSecond(await stage.rows.transactions());
  return [{ scenario: 'drain', values: { perSecond, ...cpu } }];
}

/** How much waits between `accept` and `drain`. */
export function backlogOf({ running, sizes }: Stage): number {
  return running.system.slow ? sizes.slowBacklog : sizes.backlog;
}

function steadyClockUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
