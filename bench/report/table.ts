import { SYSTEMS } from '../systems/index.js';
import { columnsOf, type Column } from './columns.js';
import { namesIn, ratioOf, summaryOf, type Run } from './run.js';
import { targetRowsOf } from './targets.js';

/** The names of our own systems. */
export const OURS: readonly string[] = SYSTEMS.filter(({ kind }) => kind === 'sluice').map(({ name }) => name);

/** All tables of a run, each as rows, its head first. */
export function tablesOf(run: Run): string[][][] {
  const tables = [targetRowsOf(run, OURS), ...namesIn(run).scenarios.map((scenario) => rowsOf(run, scenario))];
  return tables.filter((rows) => rows.length > 0);
}

/** A table in Markdown. */
export function markdownOf([head = [], ...rows]: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

export function printRun(run: Run): void {
  for (const rows of tablesOf(run)) printRows(rows);
  for (const { system, round, message } of run.failures)
    console.log(`round ${round}, ${system} failed in ${message}\n`);
  console.log(`All of it took ${(run.seconds / 60).toFixed(1)} minutes.`);
}

export function printRows(rows: readonly string[][]): void {
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  for (const row of rows)
    console.log(
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  console.log();
}

/** Medians of one scenario; a ratio to the reference stands behind a cross. */
function rowsOf(run: Run, scenario: string): string[][] {
  const columns = columnsOf(scenario);
  const rows = namesIn(run)
    .systems.filter((system) => run.samples.some((sample) => sample.scenario === scenario && sample.system === system))
    .map((system) => [system, ...columns.map((column) => cellOf(run, scenario, system, column))]);
  return [[scenario, ...columns.map(({ title }) => title)], ...rows];
}

function cellOf(run: Run, scenario: string, system: string, { metric, digits, ratio }: Column): string {
  const summary = summaryOf(run, scenario, system, metric);
  if (!summary) return '–';
  const value = summary.median.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const toReference = ratio ? ratioOf(run, scenario, system, metric) : undefined;
  return toReference ? `${value} ×${toReference.median.toFixed(2)}` : value;
}
