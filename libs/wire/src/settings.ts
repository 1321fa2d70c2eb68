import { defineSettings, faultBeside, isLoopback, setting, type SettingRule, type SettingsOf } from '#settings';
import { z } from 'zod';

import { parseHostList } from './host-list.js';
import type { LinkSecurity } from './security.js';

const TOKEN_CHARACTERS_LEAST = 16;
const path = z.string().min(1).optional();

/**
 * Who may talk to whom between the processes of an installation; the same in all of them. The files are called `_PATH`,
 * since `_FILE` after a name stands for a file with that secret in it.
 */
export const wireSettings = defineSettings({
  WIRE_TOKEN: setting(z.string().min(TOKEN_CHARACTERS_LEAST).max(1_024).optional(), {
    meaning: 'Secret that the processes of an installation show each other; the same in all.',
    secret: true,
  }),
  WIRE_AUTH: setting(z.enum(['required', 'none']), {
    default: 'required',
    meaning:
      'none: links beyond this machine need neither WIRE_TOKEN nor mutual TLS, where nobody else reaches the network.',
  }),
  WIRE_TLS_CERT_PATH: setting(path, {
    meaning: 'PEM file of the certificate for links between processes; read again for each connection.',
  }),
  WIRE_TLS_KEY_PATH: setting(path, { meaning: "PEM file of that certificate's key." }),
  WIRE_TLS_CA_PATH: setting(path, {
    meaning: 'PEM file of the CA whose certificates the other ends must have: mutual TLS.',
  }),
});

export type WireSettings = SettingsOf<typeof wireSettings>;

export function wireSecurityOf(settings: WireSettings): LinkSecurity {
  const { WIRE_TOKEN, WIRE_TLS_CERT_PATH: certPath, WIRE_TLS_KEY_PATH: keyPath, WIRE_TLS_CA_PATH: caPath } = settings;
  const secured = certPath !== undefined || keyPath !== undefined || caPath !== undefined;
  return { token: WIRE_TOKEN, tls: secured ? { certPath, keyPath, caPath } : undefined };
}

/** What must hold wherever there are links; whoever listens or dials adds `listeningRules` or `dialingRules`. */
const certificateWithKey: SettingRule<WireSettings> = {
  settings: ['WIRE_TLS_CERT_PATH', 'WIRE_TLS_KEY_PATH'],
  faultOf: ({ WIRE_TLS_CERT_PATH: cert, WIRE_TLS_KEY_PATH: key }) => {
    if ((cert === undefined) === (key === undefined)) return undefined;
    return cert === undefined
      ? faultBeside('WIRE_TLS_CERT_PATH', cert, 'the certificate of the key in WIRE_TLS_KEY_PATH, as a PEM file')
      : faultBeside('WIRE_TLS_KEY_PATH', key, 'the key of the certificate in WIRE_TLS_CERT_PATH, as a PEM file');
  },
};

/** For a process that listens for links on the host of a setting. */
export function listeningRules<Name extends string>(
  hostSetting: Name,
): readonly SettingRule<WireSettings & Readonly<Record<Name, string>>>[] {
  return [
    certificateWithKey,
    {
      settings: ['WIRE_TLS_CERT_PATH', 'WIRE_TLS_CA_PATH'],
      faultOf: ({ WIRE_TLS_CERT_PATH: cert, WIRE_TLS_CA_PATH: ca }) =>
        cert !== undefined || ca === undefined
          ? undefined
          : faultBeside(
              'WIRE_TLS_CERT_PATH',
              cert,
              'a certificate to show to those who connect, beside WIRE_TLS_CA_PATH',
            ),
    },
    reachRule(hostSetting, (host) => [host]),
  ];
}

/** For a process that dials the host list of a setting. */
export function dialingRules<Name extends string>(
  hostsSetting: Name,
): readonly SettingRule<WireSettings & Readonly<Record<Name, string>>>[] {
  return [certificateWithKey, reachRule(hostsSetting, (hosts) => parseHostList(hosts).map(({ host }) => host))];
}

function reachRule<Name extends string>(
  name: Name,
  hostsOf: (value: string) => readonly string[],
): SettingRule<WireSettings & Readonly<Record<Name, string>>> {
  return {
    settings: [name, 'WIRE_TOKEN', 'WIRE_AUTH', 'WIRE_TLS_CERT_PATH', 'WIRE_TLS_CA_PATH'],
    faultOf: (values) => {
      const host: string = values[name];
      const mutual = values.WIRE_TLS_CERT_PATH !== undefined && values.WIRE_TLS_CA_PATH !== undefined;
      if (values.WIRE_TOKEN !== undefined || mutual || values.WIRE_AUTH === 'none') return undefined;
      if (hostsOf(host).every(isLoopback)) return undefined;
      return faultBeside(
        name,
        host,
        'only hosts of this machine, as 127.0.0.1; or set the same WIRE_TOKEN in all processes, or WIRE_TLS_CERT_PATH, ' +
          'WIRE_TLS_KEY_PATH and WIRE_TLS_CA_PATH; or WIRE_AUTH=none, where nobody else reaches the network',
      );
    },
  };
}
