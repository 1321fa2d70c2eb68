import { advanceCases } from './advance.js';
import type { Case } from './case.js';
import { consumeCases } from './consume.js';
import { faultCases } from './faults.js';
import { lifecycleCases } from './lifecycle.js';
import { publishCases } from './publish.js';
import { signalCases } from './signals.js';
import { missing, type Need, type Subject } from './subject.js';

/** Every case of the catalogue that concerns a transport, in its order. */
export const transportCases: readonly Case[] = [
  ...publishCases,
  ...consumeCases,
  ...advanceCases,
  ...lifecycleCases,
  ...faultCases,
  ...signalCases,
];

/** The cases that do not run on a subject, by what is missing for them. */
export type Skips = Partial<Record<Need, readonly string[]>>;

/** What does not run on the subject. A case that misses several things is listed under the first. */
export function skippedCases(subject: Subject): Skips {
  const skipped: Partial<Record<Need, string[]>> = {};
  for (const { number, needs = [] } of transportCases) {
    const [first] = missing(subject, needs);
    if (first) (skipped[first] ??= []).push(number);
  }
  return skipped;
}
