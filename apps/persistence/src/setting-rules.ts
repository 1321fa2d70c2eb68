import { brokenRules, faultBeside, SettingsError, type SettingRule } from '#settings';
import type { PersistenceSettings } from './settings.js';

/** What persistence's settings must be to each other. */
export const persistenceRules: readonly SettingRule<PersistenceSettings>[] = [
  {
    settings: ['PREFETCH', 'BATCH_MAX'],
    faultOf: ({ PREFETCH, BATCH_MAX }) =>
      PREFETCH >= BATCH_MAX
        ? undefined
        : faultBeside('PREFETCH', PREFETCH, `at least BATCH_MAX, which is ${BATCH_MAX}: a batch comes from memory`),
  },
];

/** Throws one `SettingsError` with every rule that the settings break. */
export function assertMayStart(settings: PersistenceSettings): void {
  const faults = brokenRules(persistenceRules, settings);
  if (faults.length > 0) throw new SettingsError(faults);
}
