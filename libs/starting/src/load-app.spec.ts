import {
  defineSettings,
  faultBeside,
  installationSettings,
  mergeSettings,
  setting,
  SettingsError,
  wholeNumber,
} from '#settings';
import { transportNames } from '#transports';
import { requestPeersRules, requestPeersSettings } from '#wire';
import { loadApp, type AppPlan } from './load-app.js';

const own = defineSettings({
  LEAST: setting(wholeNumber(0, 10), { default: 1, meaning: 'A number.' }),
  MOST: setting(wholeNumber(0, 10), { default: 5, meaning: 'A number.' }),
});
const settings = mergeSettings(installationSettings, own);

const together: AppPlan<typeof settings> = {
  settings,
  rules: [
    {
      settings: ['LEAST', 'MOST'],
      faultOf: ({ LEAST, MOST }) => (LEAST <= MOST ? undefined : faultBeside('LEAST', LEAST, `at most ${MOST}`)),
    },
  ],
  rulesOn: ({ guarantees }) => [
    {
      settings: ['MOST'],
      faultOf: ({ MOST }) =>
        MOST < 9 ? undefined : faultBeside('MOST', MOST, `less, as it is ${guarantees.durability}`),
    },
  ],
  roles: { publishes: true, consumes: true },
};

async function faultsOf<Definition extends typeof installationSettings>(
  plan: AppPlan<Definition>,
  env: Record<string, string>,
): Promise<string[]> {
  const failure: unknown = await loadApp(plan, { env, envFile: null }).catch((error: unknown) => error);
  if (!(failure instanceof SettingsError)) throw new Error('The settings were not refused.', { cause: failure });
  return failure.faults.map(({ name, valid }) => `${name}: ${valid}`);
}

describe("an app's settings", () => {
  it('are its own and those of its transport, which is made and not opened', async () => {
    const { loaded, transport } = await loadApp(together, { env: { SPOOL_COUNT_MAX: '7' }, envFile: null });
    expect(loaded.values).toMatchObject({ LEAST: 1, SPOOL_COUNT_MAX: 7, TRANSPORT: 'in-process' });
    expect([transport.name, transport.health.state.status]).toEqual(['in-process', 'down']);
  });

  it('are refused once, with what cannot be read, what does not go together, and what the transport does not keep', async () => {
    const env = { LANES: 'x', LEAST: '10', MOST: '9' };
    expect(await faultsOf(together, env)).toEqual([expect.stringMatching(/^LANES: /), 'LEAST: at most 9']);
    expect(await faultsOf(together, { LEAST: '10', MOST: '9' })).toEqual([
      'LEAST: at most 9',
      'MOST: less, as it is disk',
    ]);
  });

  it('name the known transports beside the other faults', async () => {
    expect(await faultsOf(together, { TRANSPORT: 'carrier', LEAST: '9' })).toEqual([
      `TRANSPORT: one of ${transportNames.join(', ')}`,
      'LEAST: at most 5',
    ]);
  });

  it.each([
    { publishes: true, consumes: false },
    { publishes: false, consumes: true },
  ])('name npm start where the transport does not leave the process, for %j', async (roles) => {
    expect(await faultsOf({ ...together, roles }, { LEAST: '9' })).toEqual([
      'LEAST: at most 5',
      expect.stringMatching(/^TRANSPORT: one between processes.* npm start$/),
    ]);
  });

  it('tell once what the app and the transport both refuse, beside the other faults', async () => {
    const plan: AppPlan<typeof settings & typeof requestPeersSettings> = {
      settings: mergeSettings(settings, requestPeersSettings),
      rules: [...together.rules, ...requestPeersRules],
      roles: { publishes: true, consumes: false },
    };
    const env = { TRANSPORT: 'tcp', TCP_PEERS: 'elsewhere:3101', WIRE_TLS_KEY_PATH: 'key.pem', LEAST: '9' };
    expect(await faultsOf(plan, env)).toEqual([
      expect.stringMatching(/^WIRE_TLS_CERT_PATH: /),
      expect.stringMatching(/^TCP_PEERS: /),
      'LEAST: at most 5',
    ]);
  });
});
