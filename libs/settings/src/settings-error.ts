/** One variable that cannot be used. */
export interface SettingFault {
  readonly name: string;
  /** The text as it was given, hidden when secret; undefined when it was not set. */
  readonly given: string | undefined;
  readonly source: string;
  /** What would be valid, or what to do. */
  readonly valid: string;
}

/** The settings cannot be used. The message has one line for each variable at fault, all of them. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly faults: readonly SettingFault[];

  constructor(faults: readonly SettingFault[]) {
    super(['These settings cannot be used:', ...faults.map(lineOf)].join('\n'));
    this.faults = faults;
  }
}

function lineOf({ name, given, source, valid }: SettingFault): string {
  const what = given === undefined ? 'is not set' : `is ${given} (from ${source})`;
  return `  ${name} ${what}; valid: ${valid}`;
}
