import type { Spread } from '../measuring/pairwise.js';
import { reference } from '../systems/index.js';
import { ratioOf, summaryOf, namesIn, type Run } from './run.js';

interface Target {
  readonly title: string;
  readonly scenario: string;
  readonly metric: string;
  /** `reference`: the ratio to it within each round; `itself`: the value is a ratio already. */
  readonly to: 'reference' | 'itself';
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Systems of ours that it is about; all where undefined. */
  readonly systems?: readonly string[];
}

/** What this product is to reach, as ratios, which say the same on another machine. */
const TARGETS: readonly Target[] = [
  { title: 'steady state, rate', scenario: 'steady', metric: 'perSecond', to: 'reference', atLeast: 0.9 },
  { title: 'steady state, gateway CPU', scenario: 'steady', metric: 'gatewayCpu', to: 'reference', atMost: 1.15 },
  { title: 'steady state, whole system CPU', scenario: 'steady', metric: 'systemCpu', to: 'reference', atMost: 1.2 },
  { title: 'drain, rate', scenario: 'drain', metric: 'perSecond', to: 'reference', atLeast: 0.9 },
  {
    title: 'accept, rate',
    scenario: 'accept',
    metric: 'perSecond',
    to: 'reference',
    atLeast: 1.5,
    systems: ['in-process'],
  },
  { title: '202 p99, database killed to up', scenario: 'outage', metric: 'p99Ratio', to: 'itself', atMost: 1.1 },
];

/** Of whatever sizes were measured. */
const FLAT: readonly Omit<Target, 'scenario'>[] = [
  { title: 'accept rate to that with the fewest waiting', metric: 'acceptRatio', to: 'itself', atLeast: 0.95 },
  { title: 'drain rate to that with the fewest waiting', metric: 'drainRatio', to: 'itself', atLeast: 0.95 },
];

export const TARGETS_TITLE = 'target';

/** A row for each target and each system of ours that it is about: the median of the rounds' own ratios, and their range. */
export function targetRowsOf(run: Run, ours: readonly string[]): string[][] {
  const { scenarios, systems } = namesIn(run);
  const levels = scenarios.filter((scenario) => scenario.startsWith('flatness')).slice(1);
  const targets = [
    ...TARGETS,
    ...levels.flatMap((scenario) =>
      FLAT.map((target) => ({ ...target, scenario, title: `${scenario}: ${target.title}` })),
    ),
  ];
  const rows = targets.flatMap((target) =>
    systems
      .filter((system) => ours.includes(system) && isAbout(target, system))
      .flatMap((system) => rowOf(run, target, system)),
  );
  if (rows.length === 0) return [];
  return [
    [TARGETS_TITLE, 'system', `to ${reference.name}, or itself`, 'lowest', 'highest', 'rounds', 'wanted', 'reached'],
    ...rows,
  ];
}

function isAbout({ systems }: Target, system: string): boolean {
  return systems?.includes(system) ?? true;
}

function rowOf(run: Run, target: Target, system: string): string[][] {
  const { scenario, metric, to, title, atLeast, atMost } = target;
  const spread = (to === 'reference' ? ratioOf : summaryOf)(run, scenario, system, metric);
  if (!spread) return [];
  const told = (value: number) => value.toFixed(2);
  const wanted = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  const figures = [spread.median, spread.low, spread.high].map(told);
  return [[title, system, ...figures, String(spread.rounds), wanted, isReached(target, spread) ? 'yes' : 'no']];
}

function isReached({ atLeast, atMost }: Target, { median }: Spread): boolean {
  return atLeast === undefined ? median <= (atMost ?? Number.NaN) : median >= atLeast;
}
