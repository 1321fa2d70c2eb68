import { TransportError } from '#messaging';
import { SettingsError } from '#settings';

/** An app cannot start for a reason that its operator can mend. The message says what failed, and what to do next. */
export class StartFault extends Error {
  override readonly name = 'StartFault';
}

/** What people read when a start, or an orderly stop, fails: no stack where the fault is theirs to mend, since it would hide how. */
export function startFailureText(error: unknown): string {
  if (error instanceof SettingsError || error instanceof TransportError || error instanceof StartFault) {
    return error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
