import type { Finding, Level } from './finding.js';

const MARKS: Readonly<Record<Level, string>> = { ok: 'ok     ', warning: 'warning', fault: 'FAULT  ' };

/** One line for each finding, what to do beneath it, and a summary. */
export function reportText(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, text, remedy }) => [
    `${MARKS[level]}  ${check.padEnd(width)}  ${text}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(MARKS.ok.length)}  ${' '.repeat(width)}  -> ${remedy}`]),
  ]);
  return [...lines, '', summary(findings)].join('\n');
}

export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level !== 'fault');
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const [faults, warnings] = [count('fault'), count('warning')];
  if (faults + warnings === 0) return `All ${findings.length} checks are well.`;
  return `${faults} faults, ${warnings} warnings, ${count('ok')} checks are well.`;
}
