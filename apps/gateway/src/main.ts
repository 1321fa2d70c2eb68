import { loadSettings, SettingsError } from '#settings';
import { gatewaySettings } from './settings.js';

/** Transports that carry commands between two processes. */
const SEPARABLE: readonly string[] = [];

/** The gateway alone, for installations whose transport lets persistence be another process. */
function start(): void {
  const { TRANSPORT } = loadSettings(gatewaySettings).values;
  const others =
    SEPARABLE.length === 0
      ? 'No transport can separate them yet'
      : `Or set TRANSPORT to one of: ${SEPARABLE.join(', ')}`;
  throw new SettingsError([
    {
      name: 'TRANSPORT',
      given: TRANSPORT,
      source: 'the effective settings',
      valid: `a transport between processes. With ${TRANSPORT}, gateway and persistence are one process: npm start. ${others}`,
    },
  ]);
}

try {
  start();
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
