import { readFileSync } from 'node:fs';
import { TransportError } from '#messaging';

export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

type TlsSettings<Prefix extends string> = {
  readonly [Setting in `${Prefix}_TLS_${'CA' | 'CERT' | 'KEY'}_PATH`]: string | undefined;
};

/** The file that a setting names, read now; undefined where it names none. Throws a `TransportError` where it cannot be read. */
export function readFileOf<Setting extends string>(
  setting: Setting,
  settings: Readonly<Record<Setting, string | undefined>>,
): Buffer | undefined {
  const path = settings[setting];
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new TransportError(`The file ${path} cannot be read. Set ${setting} to one that can.`, { setting, cause });
  }
}

/** What `X_TLS_CA_PATH`, `X_TLS_CERT_PATH` and `X_TLS_KEY_PATH` name, read now, so that renewed files serve the next connection. */
export function tlsFilesOf<Prefix extends string>(prefix: Prefix, settings: TlsSettings<Prefix>): TlsFiles {
  const [ca, cert, key] = (['CA', 'CERT', 'KEY'] as const).map((which) => {
    const setting: keyof TlsSettings<Prefix> = `${prefix}_TLS_${which}_PATH`;
    return readFileOf(setting, settings);
  });
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
