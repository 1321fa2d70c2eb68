import { TransportError } from '#messaging';
import { readFileSync } from 'node:fs';

/** Who may talk, and who may listen in. The same at both ends. */
export interface LinkSecurity {
  /** Both ends must know it. */
  readonly token?: string | undefined;
  readonly tls?: TlsPaths | undefined;
}

/**
 * PEM files. Whoever listens needs a certificate and its key; with a CA it also asks the other end for a certificate of that
 * CA. Whoever dials verifies the other end by the CA, or by those of the system, and shows its certificate where it has one.
 */
export interface TlsPaths {
  readonly certPath?: string | undefined;
  readonly keyPath?: string | undefined;
  readonly caPath?: string | undefined;
}

export interface TlsFiles {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
}

/** Reads them as they are now, so that a renewed certificate needs no restart. Throws a `TransportError`. */
export function readTlsFiles({ certPath, keyPath, caPath }: TlsPaths): TlsFiles {
  return {
    ...(certPath !== undefined && { cert: read(certPath, 'WIRE_TLS_CERT_PATH') }),
    ...(keyPath !== undefined && { key: read(keyPath, 'WIRE_TLS_KEY_PATH') }),
    ...(caPath !== undefined && { ca: read(caPath, 'WIRE_TLS_CA_PATH') }),
  };
}

function read(path: string, setting: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new TransportError(`The file ${path} cannot be read (${code}). Set ${setting} to a PEM file that can.`, {
      setting,
      cause,
    });
  }
}
