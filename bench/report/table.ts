import { columnsOf, type Column } from './columns.js';
import { namesIn, summaryOf, type Run } from './run.js';

/** The rows of one scenario, its head first. Medians; a ratio to the reference stands behind a cross. */
export function rowsOf(run: Run, scenario: string): string[][] {
  const columns = columnsOf(scenario);
  const rows = namesIn(run)
    .systems.filter((system) => run.samples.some((sample) => sample.scenario === scenario && sample.system === system))
    .map((system) => [system, ...columns.map((column) => cellOf(run, scenario, system, column))]);
  return [[scenario, ...columns.map(({ title }) => title)], ...rows];
}

/** A table in Markdown. */
export function markdownOf([head = [], ...rows]: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

export function printRun(run: Run): void {
  for (const scenario of namesIn(run).scenarios) {
    const rows = rowsOf(run, scenario);
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
}

function cellOf(run: Run, scenario: string, system: string, { metric, digits, ratio }: Column): string {
  const summary = summaryOf(run, scenario, system, metric);
  if (!summary) return '–';
  const value = summary.median.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return ratio && Number.isFinite(summary.ratio) ? `${value} ×${summary.ratio.toFixed(2)}` : value;
}
