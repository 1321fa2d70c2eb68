import type { Need, Subject } from './subject.js';
import { missing } from './subject.js';
import { seeded } from '../random.js';
import { advanceCases } from './advance.js';
import { runCase, type Case } from './case.js';
import { assert } from './claims.js';
import { consumeCases } from './consume.js';
import { faultCases } from './faults.js';
import { lifecycleCases } from './lifecycle.js';
import { publishCases } from './publish.js';
import { signalCases } from './signals.js';

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

/** The checked-in list must equal what really does not run, so that no case goes missing unseen. */
export interface Proof extends Subject {
  readonly skips: Skips;
}

const CASE_TIMEOUT_MS = 120_000;

/** Registers with Jest one test per case that runs, and one that accounts for those that do not. */
export function proveTransport(subject: Proof): void {
  describe(`${subject.name}: the transport`, () => {
    const { seed } = seeded();
    for (const theCase of transportCases) {
      if (missing(subject, theCase.needs ?? []).length > 0) continue;
      test(`${theCase.number} ${theCase.claim}`, () => runCase(theCase, subject, seed), CASE_TIMEOUT_MS);
    }

    test('declares the guarantees that its transports have', () => {
      const queue = { name: 'declared', lanes: 1, directory: 'never-opened' };
      assert.equal(JSON.stringify(subject.create(queue).guarantees), JSON.stringify(subject.guarantees));
    });

    test('skips exactly the cases on its checked-in list', () => {
      const skipped = skippedCases(subject);
      process.stdout.write(describeSkips(subject.name, skipped));
      expect(skipped).toEqual(subject.skips);
    });
  });
}

/** What does not run on the subject. A case that misses several things is listed under the first. */
export function skippedCases(subject: Subject): Skips {
  const skipped: Partial<Record<Need, string[]>> = {};
  for (const { number, needs = [] } of transportCases) {
    const [first] = missing(subject, needs);
    if (first) (skipped[first] ??= []).push(number);
  }
  return skipped;
}

function describeSkips(name: string, skips: Skips): string {
  const lines = Object.entries(skips).map(([need, numbers]) => `  for want of '${need}': ${numbers.join(', ')}\n`);
  return lines.length === 0 ? `${name} skips no case.\n` : `${name} skips\n${lines.join('')}`;
}
