import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Options } from '../options.js';
import { growthPlotOf } from './lines.js';
import { markdownOf, tablesOf } from './table.js';
import { plotOf, type PlotPlan } from './plot.js';
import { namesIn, type Run } from './run.js';

/** Where plots and figures are kept in the tree. */
export const RESULTS = 'bench/results';
const DOCUMENT = 'docs/performance.md';
const GROWTH = 'growth';

/** What is between such marks is written anew; what people wrote around it stays. */
const FIGURES = { from: '<!-- figures: npm run bench -- --write -->', to: '<!-- end of figures -->' };
const CHOSEN = {
  from: '<!-- figures: npm run bench -- --transport … --write -->',
  to: '<!-- end of chosen figures -->',
};

const PLOTS: Readonly<Record<string, PlotPlan>> = {
  steady: { title: 'Steady state, commands per second', scenario: 'steady', metric: 'perSecond', digits: 0 },
  accept: { title: 'Accept, commands per second', scenario: 'accept', metric: 'perSecond', digits: 0 },
  drain: { title: 'Drain, commands per second', scenario: 'drain', metric: 'perSecond', digits: 0 },
  cpu: { title: 'Steady state, CPU s per 10,000 commands', scenario: 'steady', metric: 'systemCpu', digits: 2 },
  'gateway-cpu': {
    title: 'Steady state, CPU s of the gateway per 10,000 commands',
    scenario: 'steady',
    metric: 'gatewayCpu',
    digits: 2,
  },
  latency: {
    title: 'Latency at 500/s, ms to the commit, p50',
    scenario: 'latency at 500/s',
    metric: 'p50Ms',
    digits: 1,
  },
};

/** What the last run measured, for whoever wants to look closer. Not kept by git. */
export function writeJson(run: Run): void {
  mkdirSync('.sluice', { recursive: true });
  writeFileSync('.sluice/bench.json', `${JSON.stringify(run, undefined, 1)}\n`);
}

/** Keeps the run, its plots and its tables in the tree; a run of chosen systems, which has no plots, beside the usual one. */
export function writeDocument(run: Run, { systems }: Pick<Options, 'systems'>): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(`${RESULTS}/${systems ? 'chosen' : 'latest'}.json`, `${JSON.stringify(run, undefined, 2)}\n`);
  const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`);
  const minutes = Math.round(run.seconds / 60);
  const origin = `${run.date.slice(0, 10)}, ${run.machine}; ${run.sizes.rounds} rounds, ${minutes} minutes. ${versions.join(', ')}.`;
  const failures = run.failures.map(
    ({ system, round, message }) => `Round ${round} of ${system} failed: ${message.split('\n')[0]}`,
  );
  const tables = tablesOf(run).map(markdownOf);
  if (systems) writeBetween(CHOSEN, [origin, ...failures, ...tables]);
  else writeBetween(FIGURES, [origin, ...failures, ...plotsOf(run), ...tables]);
}

/** Puts paragraphs of Markdown between two marks of the document. */
export function writeBetween({ from, to }: { readonly from: string; readonly to: string }, paragraphs: string[]): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, rest] = text.split(from);
  const after = rest?.split(to)[1];
  if (before === undefined || after === undefined) throw new Error(`${DOCUMENT} has no place for it: ${from} … ${to}`);
  writeFileSync(DOCUMENT, `${before}${from}\n\n${paragraphs.join('\n\n')}\n\n${to}${after}`);
}

/** Draws what was measured; the images as Markdown. */
function plotsOf(run: Run): string[] {
  const { scenarios } = namesIn(run);
  const plots = Object.entries(PLOTS).filter(([, { scenario }]) => scenarios.includes(scenario));
  for (const [name, plan] of plots) writeFileSync(`${RESULTS}/${name}.svg`, plotOf(run, plan));
  const images = plots.map(([name, { title }]) => imageOf(name, title));
  const along = run.samples.filter(({ scenario }) => scenario === GROWTH);
  if (along.length === 0) return images;
  writeFileSync(`${RESULTS}/${GROWTH}.svg`, growthPlotOf(along));
  return [...images, imageOf(GROWTH, 'Memory along the way, MiB over commands')];
}

function imageOf(name: string, title: string): string {
  return `![${title}](../${RESULTS}/${name}.svg)`;
}
