import { describeSettings } from '#settings';
import { loadStandalone } from './settings.js';
import { startFailureText } from './start-fault.js';

try {
  const { loaded } = await loadStandalone();
  console.log(describeSettings(loaded));
} catch (error) {
  console.error(startFailureText(error));
  process.exitCode = 1;
}
