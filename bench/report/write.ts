import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { markdownOf, rowsOf } from './table.js';
import { plotOf, type PlotPlan } from './plot.js';
import { namesIn, type Run } from './run.js';

const RESULTS = 'bench/results';
const LATEST = `${RESULTS}/latest.json`;
const DOCUMENT = 'docs/performance.md';

/** What is between these marks is written anew; what people wrote around it stays. */
const MARKS = { from: '<!-- figures: npm run bench -- --write -->', to: '<!-- end of figures -->' };

const PLOTS: Readonly<Record<string, PlotPlan>> = {
  steady: { title: 'Steady state, commands per second', scenario: 'steady', metric: 'perSecond', digits: 0 },
  accept: { title: 'Accept, commands per second', scenario: 'accept', metric: 'perSecond', digits: 0 },
  drain: { title: 'Drain, commands per second', scenario: 'drain', metric: 'perSecond', digits: 0 },
  cpu: { title: 'Steady state, CPU s per 10,000 commands', scenario: 'steady', metric: 'systemCpu', digits: 2 },
};

/** What the last run measured, for whoever wants to look closer. Not kept by git. */
export function writeJson(run: Run): void {
  mkdirSync('.sluice', { recursive: true });
  writeFileSync('.sluice/bench.json', `${JSON.stringify(run, undefined, 1)}\n`);
}

/** Keeps the run, its plots and its tables in the tree. */
export function writeDocument(run: Run): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(LATEST, `${JSON.stringify(run, undefined, 2)}\n`);
  const { scenarios } = namesIn(run);
  const plots = Object.entries(PLOTS).filter(([, { scenario }]) => scenarios.includes(scenario));
  for (const [name, plan] of plots) writeFileSync(`${RESULTS}/${name}.svg`, plotOf(run, plan));
  const images = plots.map(([name, { title }]) => `![${title}](../${RESULTS}/${name}.svg)`);
  const tables = scenarios.map((scenario) => markdownOf(rowsOf(run, scenario)));
  const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`);
  const origin = `${run.date.slice(0, 10)}, ${run.machine}; ${run.sizes.rounds} rounds. ${versions.join(', ')}.`;
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before = '', rest = ''] = text.split(MARKS.from);
  const after = rest.split(MARKS.to)[1] ?? '';
  const figures = [origin, ...images, ...tables].join('\n\n');
  writeFileSync(DOCUMENT, `${before}${MARKS.from}\n\n${figures}\n\n${MARKS.to}${after}`);
}
