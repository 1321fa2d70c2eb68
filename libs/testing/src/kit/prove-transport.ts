import { seeded } from '../random.js';
import { capabilityRow, documentedRow, documentRow } from './capability-row.js';
import { runCase } from './case.js';
import { skippedCases, transportCases, type Skips } from './catalogue.js';
import { assert } from './claims.js';
import { missing, type Subject } from './subject.js';

export { skippedCases, transportCases, type Skips } from './catalogue.js';

/** The checked-in list must equal what really does not run, so that no case goes missing unseen. */
export interface Proof extends Subject {
  readonly skips: Skips;
  /** Absent: a transport of the tests, which the documents do not show. */
  readonly documented?: boolean;
}

/** A broker that is restarted on a busy machine takes minutes; only a case that is stuck waits for this. */
const CASE_TIMEOUT_MS = 300_000;

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

    if (subject.documented) {
      test('stands in the documents as it was proven (npm run docs writes it there)', () => {
        const row = capabilityRow(subject);
        if (process.env['SLUICE_DOCS'] === 'write') documentRow(subject.name, row);
        expect(documentedRow(subject.name)).toBe(row);
      });
    }
  });
}

function describeSkips(name: string, skips: Skips): string {
  const lines = Object.entries(skips).map(([need, numbers]) => `  for want of '${need}': ${numbers.join(', ')}\n`);
  return lines.length === 0 ? `${name} skips no case.\n` : `${name} skips\n${lines.join('')}`;
}
