import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import type { Setting, SettingsDefinition } from './definition.js';
import type { SettingFault } from './settings-error.js';

/** Where a value came from; `file` is the one that `NAME_FILE` names. */
export type SettingSource = 'environment' | '.env' | 'file' | 'default';

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables by the place they stand in, the one that wins first. */
export type Places = readonly (readonly ['environment' | '.env', Variables])[];

export type Found = { readonly text: string; readonly source: SettingSource } | { readonly fault: SettingFault };

/** The environment, then the `.env` file, which may be missing. Throws when it is there and cannot be read. */
export function placesOf(env: Variables, envFile: string | undefined): Places {
  return [
    ['environment', env],
    ['.env', envFile === undefined ? {} : readEnvFile(envFile)],
  ];
}

/** A setting's text from the first place that has it, as `NAME` or, for a secret, as `NAME_FILE`. Empty text is none. */
export function find(name: string, setting: Setting, places: Places): Found | undefined {
  for (const [place, variables] of places) {
    const text = textIn(variables, name);
    const path = setting.secret ? textIn(variables, fileVariableOf(name)) : undefined;
    if (text !== undefined && path !== undefined) {
      const valid = `only one of ${name} and ${fileVariableOf(name)}`;
      return { fault: { name, given: 'set twice', source: place, valid } };
    }
    if (text !== undefined) return { text, source: place };
    if (path !== undefined) return secretFrom(name, path, place);
  }
  return undefined;
}

/** Every variable that a definition knows. */
export function knownVariables(definition: SettingsDefinition): string[] {
  return Object.entries(definition).flatMap(([name, { secret }]) => (secret ? [name, fileVariableOf(name)] : [name]));
}

function fileVariableOf(name: string): string {
  return `${name}_FILE`;
}

function textIn(variables: Variables, name: string): string | undefined {
  const text = variables[name];
  return text === undefined || text.trim() === '' ? undefined : text;
}

function secretFrom(name: string, path: string, place: string): Found {
  const fault = (valid: string): Found => ({
    fault: { name: fileVariableOf(name), given: JSON.stringify(path), source: place, valid },
  });
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return text.trim() === '' ? fault('a file with the secret in it; this one is empty') : { text, source: 'file' };
  } catch (error) {
    return fault(`the path of a file that can be read (${codeOf(error)})`);
  }
}

function readEnvFile(path: string): Variables {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw new Error(`The settings file ${path} cannot be read (${codeOf(error)}). Make it readable, or move it away.`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
