import { median } from '../measuring/median.js';
import { rateBehind } from '../measuring/transactions.js';
import { fill, flood, pause, resume } from './acting.js';
import type { Measured, Stage } from './scenario.js';
import { countUsage } from './usage.js';

interface Level {
  readonly waiting: number;
  readonly acceptPerSecond: number;
  readonly drainPerSecond: number;
  readonly gatewayCpu: number;
}

/** How often each level is measured: a rate is taken over less than a second. */
const PASSES = 3;

/** The rates of accepting and of draining with so many waiting, and their ratio to those with the fewest waiting. */
export async function flatness(stage: Stage): Promise<Measured[]> {
  const passes: Level[][] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const measured: Level[] = [];
    for (const waiting of stage.sizes.levels) measured.push(await measureAt(waiting, stage));
    passes.push(measured);
  }
  const levels = stage.sizes.levels.map((_, index) => medianOf(passes.map((pass) => pass[index]!)));
  const [fewest] = levels;
  return levels.map(({ waiting, ...values }) => ({
    scenario: `flatness at ${waiting.toLocaleString('en')}`,
    values: {
      ...values,
      acceptRatio: values.acceptPerSecond / (fewest?.acceptPerSecond ?? Number.NaN),
      drainRatio: values.drainPerSecond / (fewest?.drainPerSecond ?? Number.NaN),
    },
  }));
}

function medianOf(levels: readonly Level[]): Level {
  const middle = (metric: keyof Level) => median(levels.map((level) => level[metric]));
  return {
    waiting: middle('waiting'),
    acceptPerSecond: middle('acceptPerSecond'),
    drainPerSecond: middle('drainPerSecond'),
    gatewayCpu: middle('gatewayCpu'),
  };
}

/** What is accepted on top is drained first, so that the consumer is past its start when its rate is taken. */
async function measureAt(waiting: number, stage: Stage): Promise<Level> {
  const { rows, sizes } = stage;
  await rows.clear();
  await pause(stage);
  await fill(stage, waiting);
  const usage = countUsage(stage);
  const { accepted, seconds } = await flood(stage, sizes.perLevel);
  const { gatewayCpu = Number.NaN } = usage(sizes.perLevel);
  await resume(stage);
  await rows.settle(waiting + sizes.perLevel, `a backlog of ${waiting}`);
  const drainPerSecond = rateBehind(await rows.transactions(), sizes.perLevel, sizes.perLevel);
  return { waiting, acceptPerSecond: accepted / seconds, drainPerSecond, gatewayCpu };
}
