import { readFileSync, writeFileSync } from 'node:fs';
import { transportCases, skippedCases } from './catalogue.js';
import type { Subject } from './subject.js';

const DOCUMENT = 'docs/transports.md';
const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;

/** What the kit proves of a subject, as its row in the table of transports. It stands only as long as every case passes. */
export function capabilityRow(subject: Subject): string {
  const { name, guarantees } = subject;
  const skipped = Object.entries(skippedCases(subject));
  const missing = skipped.reduce((sum, [, numbers]) => sum + numbers.length, 0);
  const cells = [
    name,
    guarantees.durability,
    guarantees.ordering,
    `${guarantees.publishers} / ${guarantees.consumers}`,
    sizeOf(guarantees.messageBytesMax),
    `${transportCases.length - missing} of ${transportCases.length}`,
    skipped.map(([need, numbers]) => `${need}: ${numbers.join(', ')}`).join('; ') || 'nothing',
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The row of that name as the document has it, without the padding of its columns; undefined when it has none. */
export function documentedRow(name: string): string | undefined {
  return readFileSync(DOCUMENT, 'utf8').split('\n').map(unpadded).find(isRowOf(name));
}

/** Puts the row in the place of the one that the document has, or below the others. */
export function documentRow(name: string, row: string): void {
  const lines = readFileSync(DOCUMENT, 'utf8').split('\n');
  const at = lines.findIndex((line) => isRowOf(name)(unpadded(line)));
  if (at === -1) lines.splice(lines.indexOf('', lines.findIndex(isRowOf('transport'))), 0, row);
  else lines[at] = row;
  writeFileSync(DOCUMENT, lines.join('\n'));
}

function sizeOf(bytes: number): string {
  return bytes >= MEBIBYTE ? `${bytes / MEBIBYTE} MiB` : `${bytes / KIBIBYTE} KiB`;
}

function unpadded(line: string): string {
  return line.replaceAll(/ +/g, ' ').trimEnd();
}

function isRowOf(name: string): (line: string) => boolean {
  return (line) => line.startsWith(`| ${name} |`);
}
