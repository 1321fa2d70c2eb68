import { describeSettings, SettingsError } from '#settings';
import { loadStandalone } from './settings.js';

try {
  const { loaded } = await loadStandalone();
  console.log(describeSettings(loaded));
} catch (error) {
  console.error(error instanceof SettingsError ? error.message : error);
  process.exitCode = 1;
}
