import type { LoadedSettings } from './load.js';

const HEADINGS = ['NAME', 'VALUE', 'SOURCE', 'DEFAULT', 'MEANING'] as const;

/** A table of the effective settings as plain text, secrets hidden, then the warnings. */
export function describeSettings({ definition, values, sources, warnings }: LoadedSettings): string {
  const rows = Object.entries(definition).map(([name, setting]) => [
    name,
    shown(values[name], setting.secret),
    sources[name] ?? '',
    shown(setting.default, setting.secret),
    setting.meaning,
  ]);
  const table = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...warnings.map((warning) => `Warning: ${warning}`)].join('\n');
}

function shown(value: unknown, secret: boolean): string {
  if (value === undefined || value === null) return '(none)';
  if (secret) return '******';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
