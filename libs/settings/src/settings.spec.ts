import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { z } from 'zod';

import { defineSettings, describeSettings, loadSettings, mergeSettings, setting, SettingsError } from './index.js';

const port = setting(z.coerce.number().int().min(0).max(65_535), {
  default: 3000,
  meaning: 'TCP port of the gateway.',
});
const definition = defineSettings({
  PORT: port,
  TRANSPORT: setting(z.enum(['in-process', 'tcp']), { default: 'in-process', meaning: 'The queue.' }),
  HOLD_MS_MAX: setting(z.coerce.number().int().positive(), { default: 60_000, meaning: 'Longest hold, in ms.' }),
  DATABASE_URL: setting(z.url().optional(), { meaning: 'PostgreSQL; none: embedded.', secret: true }),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function errorOf(load: () => unknown): SettingsError {
  try {
    load();
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('It loaded.');
}

describe('loading settings', () => {
  it('takes the environment before .env, and .env before the default, and says which', () => {
    const envFile = write('env', 'PORT=4000\nHOLD_MS_MAX="5"\n');
    const { values, sources } = loadSettings(definition, { env: { PORT: '5000' }, envFile });
    expect(values).toEqual({ PORT: 5000, HOLD_MS_MAX: 5, TRANSPORT: 'in-process', DATABASE_URL: undefined });
    expect(sources).toEqual({
      PORT: 'environment',
      HOLD_MS_MAX: '.env',
      TRANSPORT: 'default',
      DATABASE_URL: 'default',
    });
    expect(Object.isFrozen(values)).toBe(true);
  });

  it('reports every fault at once: the name, what was given, and what would be valid', () => {
    const env = { PORT: '99999', TRANSPORT: 'carrier-pigeon', HOLD_MS_MAX: 'long' };
    const { message, faults } = errorOf(() => loadSettings(definition, { env, envFile: null }));
    expect(faults).toHaveLength(3);
    expect(message.split('\n').slice(1)).toEqual([
      '  PORT is "99999" (from environment); valid: a whole number from 0 to 65535',
      '  TRANSPORT is "carrier-pigeon" (from environment); valid: one of in-process, tcp',
      '  HOLD_MS_MAX is "long" (from environment); valid: a whole number, at least 1',
    ]);
  });

  it('never shows a secret that is wrong', () => {
    const load = () => loadSettings(definition, { env: { DATABASE_URL: 'hunter2' }, envFile: null });
    expect(errorOf(load).message).toContain('DATABASE_URL is ****** (hidden)');
    expect(errorOf(load).message).not.toContain('hunter2');
  });

  it('says what would be valid in the words of a schema that may also be left out', () => {
    const described = z.string().regex(/^x/).meta({ description: 'a text with an x in front' });
    const given = { meaning: 'What it is for.', secret: true };
    const optional = defineSettings({
      A_KEY: setting(described.optional(), given),
      B_KEY: setting(described.default('x'), given),
    });
    const { faults } = errorOf(() => loadSettings(optional, { env: { A_KEY: 'a', B_KEY: 'b' }, envFile: null }));
    expect(faults.map(({ valid }) => valid)).toEqual(['a text with an x in front', 'a text with an x in front']);
  });

  it('demands a setting that has no default, and says what it is for', () => {
    const required = defineSettings({ REGION: setting(z.string().min(2), { meaning: 'Where it runs.' }) });
    const load = () => loadSettings(required, { env: {}, envFile: null });
    expect(errorOf(load).message).toContain('REGION is not set; valid: text of at least 2 characters. Where it runs.');
  });

  it('takes an empty text for unset', () => {
    const { values, sources } = loadSettings(definition, { env: { PORT: '', TRANSPORT: ' ' }, envFile: null });
    expect(values).toMatchObject({ PORT: 3000, TRANSPORT: 'in-process' });
    expect(sources.PORT).toBe('default');
  });

  it('does without a .env file, and refuses one that it cannot read', () => {
    expect(loadSettings(definition, { env: {}, envFile: join(folder, 'none') }).values.PORT).toBe(3000);
    expect(() => loadSettings(definition, { env: {}, envFile: folder })).toThrow(/cannot be read \(EISDIR\)/);
  });
});

describe('secrets in files', () => {
  it('are read from the file that NAME_FILE names, without the last line end', () => {
    const env = { DATABASE_URL_FILE: write('url', 'postgres://db/sluice\n') };
    const { values, sources } = loadSettings(definition, { env, envFile: null });
    expect(values.DATABASE_URL).toBe('postgres://db/sluice');
    expect(sources.DATABASE_URL).toBe('file');
  });

  it('are refused when the file is missing, or when the variable itself is set as well', () => {
    const missing = { DATABASE_URL_FILE: join(folder, 'none') };
    expect(errorOf(() => loadSettings(definition, { env: missing, envFile: null })).message).toContain('ENOENT');
    const twice = { DATABASE_URL: 'postgres://a/b', DATABASE_URL_FILE: write('url', 'postgres://c/d') };
    expect(errorOf(() => loadSettings(definition, { env: twice, envFile: null })).message).toContain('only one of');
  });

  it('give way to a variable of the environment when the file is named in .env', () => {
    const envFile = write('env', `DATABASE_URL_FILE=${write('url', 'postgres://file/x')}\n`);
    const { values } = loadSettings(definition, { env: { DATABASE_URL: 'postgres://direct/x' }, envFile });
    expect(values.DATABASE_URL).toBe('postgres://direct/x');
  });
});

describe('misspelt variables', () => {
  const warningsOf = (env: Record<string, string>) => loadSettings(definition, { env, envFile: null }).warnings;

  it.each(['TRANSPROT', 'TRANSPORTS', 'TRANPORT', 'HOLDMSMAX', 'DATABASE_URL_FIEL', 'PROT'])('warn of %s', (name) => {
    expect(warningsOf({ [name]: 'x' })).toEqual([expect.stringMatching(`^${name} .*Did you mean`)]);
  });

  it('do not warn of other words, nor of a setting that is there', () => {
    expect(warningsOf({ HOST: 'x', PATH: 'x', HOME: 'x', PORT: '1', PORTS: 'x' })).toEqual([]);
  });
});

describe('merging definitions', () => {
  it('gives the settings of both, and allows the same setting in both', () => {
    const merged = mergeSettings(definition, defineSettings({ PORT: port, TCP_PORT: port }));
    expect(loadSettings(merged, { env: { TCP_PORT: '7' }, envFile: null }).values.TCP_PORT).toBe(7);
  });

  it('refuses two settings of one name', () => {
    const other = defineSettings({ PORT: setting(z.string().optional(), { meaning: 'Wine.' }) });
    expect(() => mergeSettings(definition, other)).toThrow(/PORT is defined twice/);
  });
});

describe('describing settings', () => {
  it('shows name, value, source, default and meaning in columns, and hides secrets', () => {
    const env = { PORT: '81', DATABASE_URL: 'postgres://u:hunter2@db/x', TRANSPROT: 'x' };
    const text = describeSettings(loadSettings(definition, { env, envFile: null }));
    expect(text).toMatch(/^NAME +VALUE +SOURCE +DEFAULT +MEANING$/m);
    expect(text).toMatch(/^PORT +81 +environment +3000 +TCP port of the gateway\.$/m);
    expect(text).toMatch(/^DATABASE_URL +\*{6} +environment +\(none\) +PostgreSQL/m);
    expect(text).toContain('Warning: TRANSPROT (from environment) is no setting');
    expect(text).not.toContain('hunter2');
  });
});
