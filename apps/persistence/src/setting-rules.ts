import { brokenRules, faultBeside, SettingsError, type SettingRule } from '#settings';
import { opennessFault } from '#starting';
import { requestServerRules } from '#wire';
import type { PersistenceProcessSettings, PersistenceSettings } from './settings.js';

/** What persistence's settings must be to each other. */
export const persistenceRules: readonly SettingRule<PersistenceSettings>[] = [
  {
    settings: ['PREFETCH', 'BATCH_MAX'],
    faultOf: ({ PREFETCH, BATCH_MAX }) =>
      PREFETCH >= BATCH_MAX
        ? undefined
        : faultBeside('PREFETCH', PREFETCH, `at least BATCH_MAX, which is ${BATCH_MAX}: a batch comes from memory`),
  },
  {
    settings: ['DRAIN_FROM', 'TRANSPORT'],
    faultOf: ({ DRAIN_FROM, TRANSPORT }) =>
      DRAIN_FROM === TRANSPORT
        ? faultBeside('DRAIN_FROM', DRAIN_FROM, 'another transport than TRANSPORT, which commands move to; or absent')
        : undefined,
  },
];

/** What they must be where persistence is a process of its own and can be reached from others. */
export const persistencePlaceRules: readonly SettingRule<PersistenceProcessSettings>[] = [
  ...requestServerRules,
  {
    settings: ['PERSISTENCE_HOST', 'AUTH'],
    faultOf: ({ PERSISTENCE_HOST, AUTH }) => opennessFault('PERSISTENCE_HOST', PERSISTENCE_HOST, AUTH),
  },
];

/** All of them, for a process of its own. */
export const persistenceProcessRules: readonly SettingRule<PersistenceProcessSettings>[] = [
  ...persistenceRules,
  ...persistencePlaceRules,
  {
    settings: ['DATABASE_URL'],
    faultOf: ({ DATABASE_URL }) =>
      DATABASE_URL === undefined
        ? faultBeside(
            'DATABASE_URL',
            undefined,
            'a URL as postgres://user:password@host:5432/database, of a PostgreSQL that is there; npm start brings one',
          )
        : undefined,
  },
];

/** Throws one `SettingsError` with every rule that the settings break. */
export function assertMayStart(settings: PersistenceSettings): void {
  const faults = brokenRules(persistenceRules, settings);
  if (faults.length > 0) throw new SettingsError(faults);
}
