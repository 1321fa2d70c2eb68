import { median } from '../measuring/median.js';
import { memoryMib } from '../measuring/process-table.js';
import { slopeOf } from '../measuring/slope.js';
import { fill, flood } from './acting.js';
import type { Measured, Stage } from './scenario.js';

/** At how many places along the way memory is told. */
const POINTS = 40;
/** Of the commands, one by one; the others come many in a request. */
const SINGLE_SHARE = 0.1;
const SAMPLE_MS = 200;
/** The first points, which hold the growth of a heap that was just started. */
const SETTLING_POINTS = POINTS / 8;
const SLOPE_PER = 100_000;

type Point = Readonly<Record<'commands' | 'gatewayMib' | 'consumerMib', number>>;

/** The memory of both processes along many commands; what is told at a point is the median of what was held since the last. */
export async function growth(stage: Stage): Promise<Measured[]> {
  const series: Point[] = [];
  const each = Math.ceil(stage.sizes.growth / POINTS);
  for (let point = 1; point <= POINTS; point++) {
    const held = await heldDuring(stage, () => work(stage, each));
    series.push({ commands: point * each, ...held });
  }
  const values = { ...told(series, 'gatewayMib', 'gateway'), ...told(series, 'consumerMib', 'consumer') };
  return [{ scenario: 'growth', values: { commands: POINTS * each, ...values }, series }];
}

async function work(stage: Stage, commands: number): Promise<void> {
  const single = Math.round(commands * SINGLE_SHARE);
  await stage.rows.clear();
  await flood(stage, single);
  await fill(stage, commands - single);
  await stage.rows.settle(commands, 'a stretch of many');
}

async function heldDuring({ running }: Stage, work: () => Promise<void>): Promise<Omit<Point, 'commands'>> {
  const gateway: number[] = [];
  const consumer: number[] = [];
  const look = () => {
    gateway.push(memoryMib(running.gateway.pid));
    consumer.push(memoryMib(running.consumer?.pid));
  };
  const timer = setInterval(look, SAMPLE_MS);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return { gatewayMib: median(gateway), consumerMib: median(consumer) };
}

function told(series: readonly Point[], metric: keyof Point, name: string): Record<string, number> {
  const held = series.map((point) => point[metric]);
  const settled = series.slice(SETTLING_POINTS).map((point) => ({ x: point.commands, y: point[metric] }));
  return {
    [`${name}First`]: held[0] ?? Number.NaN,
    [`${name}Median`]: median(held),
    [`${name}Last`]: held.at(-1) ?? Number.NaN,
    [`${name}Slope`]: slopeOf(settled) * SLOPE_PER,
  };
}
