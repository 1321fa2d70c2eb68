import { TransportError } from '#messaging';
import { SettingsError } from '#settings';

/** The product cannot start for a reason that its operator can mend. The message says what failed, and what to do next. */
export class StartFault extends Error {
  override readonly name = 'StartFault';
}

const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there. Stop it, or set PORT to a free one.',
  EADDRNOTAVAIL: 'This machine has no such address. Set HOST to one of its own, as 127.0.0.1.',
  EACCES: 'Ports below 1024 are for root. Set PORT to a higher one.',
  ENOTFOUND: 'HOST names no machine. Set it to an address of this one, as 127.0.0.1.',
};

export function listenFault(host: string, port: number, error: unknown): StartFault {
  const advice = LISTEN_ADVICE[codeOf(error)] ?? 'Check HOST and PORT.';
  return new StartFault(`Cannot listen on ${host}, port ${port} (${textOf(error)}). ${advice}`, { cause: error });
}

export function dataDirFault(dataDir: string, error: unknown): StartFault {
  return new StartFault(
    `The folder ${dataDir} cannot be made or written to (${textOf(error)}). Set DATA_DIR to a folder where this user may write.`,
    { cause: error },
  );
}

export function databaseFault(error: unknown): StartFault {
  const text = textOf(error);
  const advice = text.includes('DATABASE_URL') ? '' : ' Or set DATABASE_URL to a PostgreSQL of your own.';
  return new StartFault(`The embedded PostgreSQL cannot be started. ${text}${advice}`, { cause: error });
}

/** What people read when the start fails: no stack where the fault is theirs to mend, since it would hide how. */
export function startFailureText(error: unknown): string {
  if (error instanceof SettingsError || error instanceof TransportError || error instanceof StartFault) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
