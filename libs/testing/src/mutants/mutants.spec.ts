import { missing } from '../kit/subject.js';
import { runCase } from '../kit/case.js';
import { transportCases } from '../kit/prove-transport.js';
import { memorySubject } from '../memory/subject.js';
import { seeded } from '../random.js';
import { deliveringMutants } from './delivering.js';
import { livingMutants } from './living.js';
import { subjectOf, type Mutant } from './mutant.js';
import { publishingMutants } from './publishing.js';

const { seed } = seeded();
/** Plenty in memory, where what comes at all comes at once. */
const PATIENCE_MS = 700;
const mutants: readonly Mutant[] = [...publishingMutants, ...deliveringMutants, ...livingMutants];

function caseOf(number: string) {
  const found = transportCases.find((theCase) => theCase.number === number);
  if (!found) throw new Error(`There is no case ${number}.`);
  return found;
}

// That the healthy reference passes each of these cases is shown beside it, in memory.conformance.spec.
describe.each(mutants)('a transport that $name', (mutant) => {
  test.each(mutant.caughtBy)('is caught by case %s', async (number) => {
    expect(missing(memorySubject(), caseOf(number).needs ?? [])).toEqual([]);
    const end = await runCase(caseOf(number), subjectOf(mutant), seed, PATIENCE_MS).then(
      () => 'it passed',
      (error: Error) => error.name,
    );
    // A TypeError or the like would be a mistake in the case or the mutant, which catches nothing.
    expect(end).toMatch(/^(AssertionError|PublishError|Error)$/);
  });
});
