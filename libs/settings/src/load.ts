import type { z } from 'zod';

import { acceptedBy } from './accepted.js';
import type { Setting, SettingsDefinition, SettingsOf } from './definition.js';
import { type SettingFault, SettingsError } from './settings-error.js';
import { type Found, find, knownVariables, placesOf, type SettingSource } from './sources.js';
import { likelyTypos } from './typos.js';

export type { SettingSource } from './sources.js';

export interface LoadedSettings<Definition extends SettingsDefinition = SettingsDefinition> {
  readonly definition: Definition;
  /** Frozen. */
  readonly values: SettingsOf<Definition>;
  readonly sources: Readonly<Record<keyof Definition & string, SettingSource>>;
  /** A sentence for each variable that looks like a misspelt setting; it is not used. */
  readonly warnings: readonly string[];
}

export interface LoadOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Read where it exists; the environment wins over it. Null reads none. */
  readonly envFile?: string | null;
}

type Outcome = { readonly value: unknown; readonly source: SettingSource } | { readonly fault: SettingFault };

/** What was read, where some of it may be at fault. */
export interface ReadSettings<Definition extends SettingsDefinition = SettingsDefinition> extends Pick<
  LoadedSettings<Definition>,
  'definition' | 'warnings'
> {
  /** Without those at fault. */
  readonly values: Partial<SettingsOf<Definition>>;
  readonly sources: Partial<LoadedSettings<Definition>['sources']>;
  readonly faults: readonly SettingFault[];
}

/** Reads every setting from the environment and the `.env` file. Throws one `SettingsError` that names all faults. */
export function loadSettings<Definition extends SettingsDefinition>(
  definition: Definition,
  options: LoadOptions = {},
): LoadedSettings<Definition> {
  return usable(readSettings(definition, options));
}

/** What was read, when nothing is at fault. Throws one `SettingsError` with the faults and the `further` ones otherwise. */
export function usable<Definition extends SettingsDefinition>(
  { faults, ...read }: ReadSettings<Definition>,
  further: readonly SettingFault[] = [],
): LoadedSettings<Definition> {
  if (faults.length + further.length > 0) throw new SettingsError([...faults, ...further]);
  return read as LoadedSettings<Definition>;
}

/** As `loadSettings`, and returns the faults, for whoever has more of them to tell. */
export function readSettings<Definition extends SettingsDefinition>(
  definition: Definition,
  { env = process.env, envFile = '.env' }: LoadOptions = {},
): ReadSettings<Definition> {
  const places = placesOf(env, envFile ?? undefined);
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  const faults: SettingFault[] = [];
  for (const [name, setting] of Object.entries(definition)) {
    const outcome = evaluate(name, setting, find(name, setting, places));
    if ('fault' in outcome) {
      faults.push(outcome.fault);
      continue;
    }
    values[name] = outcome.value;
    sources[name] = outcome.source;
  }
  return {
    definition,
    values: Object.freeze(values) as SettingsOf<Definition>,
    sources: Object.freeze(sources) as LoadedSettings<Definition>['sources'],
    warnings: places.flatMap(([place, variables]) => likelyTypos(knownVariables(definition), variables, place)),
    faults,
  };
}

function evaluate(name: string, setting: Setting, found: Found | undefined): Outcome {
  if (found === undefined) return valueWhenUnset(name, setting);
  if ('fault' in found) return found;
  const parsed = setting.schema.safeParse(found.text);
  if (parsed.success) return { value: parsed.data, source: found.source };
  const given = setting.secret ? '****** (hidden)' : shortened(JSON.stringify(found.text));
  return { fault: { name, given, source: found.source, valid: validWords(setting, parsed.error) } };
}

function valueWhenUnset(name: string, setting: Setting): Outcome {
  if (setting.default !== undefined) return { value: setting.default, source: 'default' };
  const parsed = setting.schema.safeParse(undefined);
  if (parsed.success) return { value: parsed.data, source: 'default' };
  const valid = `${acceptedBy(setting.schema) ?? 'a value'}. ${setting.meaning}`;
  return { fault: { name, given: undefined, source: 'nowhere', valid } };
}

/** What the schema takes, in words; where it cannot be told, what the schema itself complains of. */
function validWords(setting: Setting, error: z.ZodError): string {
  if (setting.secret) return acceptedBy(setting.schema) ?? setting.meaning;
  return acceptedBy(setting.schema) ?? error.issues.map(({ message }) => message).join('; ');
}

function shortened(text: string): string {
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}
