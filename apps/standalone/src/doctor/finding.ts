export type Level = 'ok' | 'warning' | 'fault';

/** What one check found. */
export interface Finding {
  readonly check: string;
  /** `fault`: the installation does not work so, or not safely. `warning`: it works, and somebody should know. */
  readonly level: Level;
  /** What was seen. */
  readonly text: string;
  /** What to do; absent where all is well. */
  readonly remedy?: string;
}

export function ok(check: string, text: string): Finding {
  return { check, level: 'ok', text };
}

export function warning(check: string, text: string, remedy: string): Finding {
  return { check, level: 'warning', text, remedy };
}

export function fault(check: string, text: string, remedy: string): Finding {
  return { check, level: 'fault', text, remedy };
}

/** What an error says, also where Node gives no message of its own since each address of a host refused. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}

export function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}
