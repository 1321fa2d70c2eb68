import type { Run } from './run.js';
import { targetRowsOf } from './targets.js';

const sample = (system: string, round: number, scenario: string, values: Record<string, number>) => ({
  system,
  round,
  scenario,
  values,
});

const runOf = (samples: Run['samples']) => ({ samples }) as Run;

it('a target is judged by the median of the ratios of the rounds, and tells their range', () => {
  const rates: [number, number][] = [
    [95, 100],
    [50, 50],
    [10, 100],
  ];
  const run = runOf(
    rates.flatMap(([own, reference], index) => [
      sample('reference', index + 1, 'steady', { perSecond: reference }),
      sample('tcp', index + 1, 'steady', { perSecond: own }),
    ]),
  );
  const [, row] = targetRowsOf(run, ['tcp']);
  expect(row).toEqual(['steady state, rate', 'tcp', '0.95', '0.10', '1.00', '3', '≥ 0.9', 'yes']);
});

it('a target of CPU is missed above its bound', () => {
  const run = runOf([
    sample('reference', 1, 'steady', { gatewayCpu: 1 }),
    sample('tcp', 1, 'steady', { gatewayCpu: 1.2 }),
  ]);
  expect(targetRowsOf(run, ['tcp'])[1]?.slice(-2)).toEqual(['≤ 1.15', 'no']);
});

it('flatness is judged at each size but the smallest, and accepting at the reference only in-process', () => {
  const run = runOf([
    sample('tcp', 1, 'flatness at 10', { acceptRatio: 1, drainRatio: 1 }),
    sample('tcp', 1, 'flatness at 100', { acceptRatio: 0.9, drainRatio: 0.99 }),
    sample('tcp', 1, 'accept', { perSecond: 1 }),
    sample('reference', 1, 'accept', { perSecond: 1 }),
  ]);
  const rows = targetRowsOf(run, ['tcp']).slice(1);
  expect(rows.map((row) => [row[0], row.at(-1)])).toEqual([
    ['flatness at 100: accept rate to that with the fewest waiting', 'no'],
    ['flatness at 100: drain rate to that with the fewest waiting', 'yes'],
  ]);
});

it('a run without ours has no targets', () => {
  expect(targetRowsOf(runOf([sample('save', 1, 'steady', { perSecond: 1 })]), ['tcp'])).toEqual([]);
});
