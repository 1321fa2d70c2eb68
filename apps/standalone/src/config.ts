import { loadGateway } from '#gateway';
import { loadPersistence } from '#persistence';
import { describeSettings, SettingsError } from '#settings';
import { startFailureText } from '#starting';
import { loadStandalone } from './settings.js';

/** Of what `npm start` runs, or of the one app that the argument names. */
async function describe(app: string): Promise<string> {
  switch (app) {
    case 'standalone':
      return describeSettings((await loadStandalone()).loaded);
    case 'gateway':
      return describeSettings((await loadGateway()).loaded);
    case 'persistence':
      return describeSettings((await loadPersistence()).loaded);
    default:
      throw new SettingsError([
        { name: 'The app', given: app, source: 'the command line', valid: 'gateway, persistence, or nothing for both' },
      ]);
  }
}

try {
  console.log(await describe(process.argv[2] ?? 'standalone'));
} catch (error) {
  console.error(startFailureText(error));
  process.exitCode = 1;
}
