import { defineSettings, faultBeside, isLoopback, setting, type SettingFault } from '#settings';
import { z } from 'zod';

/** What every app that listens for people and orchestrators has in common. */
export const openness = defineSettings({
  AUTH: setting(z.enum(['none']).optional(), {
    meaning:
      'none: answer everybody who reaches HOST or PERSISTENCE_HOST, without authentication. Not needed on loopback.',
  }),
});

/** What is wrong with listening on `host` without authentication; `name` is the setting that it stands in. */
export function opennessFault(name: string, host: string, auth: 'none' | undefined): SettingFault | undefined {
  if (auth === 'none' || isLoopback(host)) return undefined;
  return faultBeside(
    name,
    host,
    'a loopback address, as 127.0.0.1; or set AUTH=none to answer everybody who reaches this one',
  );
}
