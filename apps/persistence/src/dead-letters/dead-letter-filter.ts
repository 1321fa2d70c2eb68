import type { DeadLetterFilter } from '#contracts';

/** A condition on lines of `command_ledger l`, and its parameters, numbered from 1. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

const TESTS: readonly (readonly [keyof DeadLetterFilter, string])[] = [
  ['type', 'l.type ='],
  ['stream', 'l.stream ='],
  ['key', 'l.key ='],
  ['failureGroup', 'l.failure_group ='],
  ['deadFrom', 'l.updated_at >='],
  ['deadTo', 'l.updated_at <'],
];

/** Dead lines that pass every test that the filter has; `deadTo` is exclusive. */
export function conditionOf(filter: DeadLetterFilter): Condition {
  const values: unknown[] = [];
  const tests = TESTS.flatMap(([name, test]) => {
    const value = filter[name];
    return value === undefined ? [] : `${test} $${values.push(value)}`;
  });
  return { sql: ["l.state = 'dead'", ...tests].join(' AND '), values };
}
