import type { Reckoning } from '../faults/reckoning.js';

/** What must not be, by the name under which it is told; the values are what was found of it. */
export type Findings = Readonly<Record<(typeof NAMES)[number], readonly string[]>>;

const NAMES = ['missing', 'wrong', 'effects', 'overtaking', 'untrue', 'strangers', 'attemptsBurnt', 'books'] as const;

const EXAMPLES = 5;

/** A sentence for each kind of violation; none if all is well. */
export function judge(reckoning: Reckoning, books: readonly string[]): string[] {
  const findings: Findings = { ...reckoning, books };
  const violations = NAMES.filter((name) => findings[name].length > 0).map(
    (name) => `${findings[name].length} ${name}: ${findings[name].slice(0, EXAMPLES).join('; ')}`,
  );
  const sum = Object.values(reckoning.states).reduce((total, count) => total + count, 0);
  if (sum !== reckoning.accepted)
    violations.push(`${reckoning.accepted} were accepted, and ${sum} stand in the ledger.`);
  return violations;
}
