import type { z } from 'zod';

/** One variable of the environment: how its text is read, and what it means to people. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  /** Takes the variable's text, and gives its value; an optional schema makes the setting optional. */
  readonly schema: Schema;
  /** Used as it is, without the schema. Absent: the variable must be set, unless the schema takes undefined. */
  readonly default: z.output<Schema> | undefined;
  /** A sentence, with the unit of the value. */
  readonly meaning: string;
  /** Never shown; may also be given as the content of the file that `NAME_FILE` names. */
  readonly secret: boolean;
}

export type SettingsDefinition = Readonly<Record<string, Setting>>;

/** The values that a definition loads to. */
export type SettingsOf<Definition extends SettingsDefinition> = {
  readonly [Name in keyof Definition]: z.output<Definition[Name]['schema']>;
};

export function setting<Schema extends z.ZodType>(
  schema: Schema,
  options: { default?: NoInfer<z.output<Schema>>; meaning: string; secret?: boolean },
): Setting<Schema> {
  return { schema, default: options.default, meaning: options.meaning, secret: options.secret ?? false };
}

export function defineSettings<const Definition extends SettingsDefinition>(definition: Definition): Definition {
  return Object.freeze(definition);
}

/** Both definitions in one. The same setting may stand in both; two different ones of one name throw. */
export function mergeSettings<First extends SettingsDefinition, Second extends SettingsDefinition>(
  first: First,
  second: Second,
): First & Second {
  for (const [name, other] of Object.entries(second)) {
    if (first[name] !== undefined && first[name] !== other) {
      throw new Error(
        `The setting ${name} is defined twice, differently. Rename one, or export it once and use it in both.`,
      );
    }
  }
  return Object.freeze({ ...first, ...second });
}
