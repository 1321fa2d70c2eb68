import type { SettingFault } from './settings-error.js';

/** A condition that several settings meet together. */
export interface SettingRule<Values> {
  /** Those that it looks at: it is not asked while one of them cannot be used. */
  readonly settings: readonly (keyof Values & string)[];
  readonly faultOf: (values: Values) => SettingFault | undefined;
}

/** The faults of the rules whose settings all have a value. */
export function brokenRules<Values extends object>(
  rules: readonly SettingRule<Values>[],
  values: Partial<Values>,
): SettingFault[] {
  return rules
    .filter(({ settings }) => settings.every((name) => name in values))
    .map(({ faultOf }) => faultOf(values as Values))
    .filter((fault) => fault !== undefined);
}

/** A fault of a value that is right by itself, and wrong beside others. */
export function faultBeside(name: string, given: string | number | undefined, valid: string): SettingFault {
  return { name, given: given === undefined ? undefined : String(given), source: 'the effective settings', valid };
}
