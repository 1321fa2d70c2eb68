import type { Command } from '../handling/handler.js';
import type { ArrivedLine, LineState, Problem } from '../ledger/line.js';
import type { Binding } from './handler-registry.js';

/** A delivery on its way through the engine: its line, and what is needed to run it. */
export interface Entry extends ArrivedLine {
  readonly body: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  readonly expiresAtMs: number | null;
  /** Present where the command can be run. */
  readonly runnable: Runnable | undefined;
  /** Why it cannot be run; it is dead. */
  readonly problem: Problem | undefined;
  /** The id of its own dead line, should a foreign command of its id have another fingerprint. */
  readonly conflictId: string | undefined;
}

export interface Runnable {
  readonly binding: Binding;
  readonly command: Command;
}

export type RunnableEntry = Entry & { readonly runnable: Runnable };

export function isRunnable(entry: Entry): entry is RunnableEntry {
  return entry.runnable !== undefined;
}

/** What a line that is not final keeps, so that it can be run or shown later. */
export function keptOf(entry: Entry): Pick<LineState, 'payload' | 'headers' | 'expiresAtMs'> {
  return { payload: entry.body, headers: entry.attributes, expiresAtMs: entry.expiresAtMs };
}

/** What blocks and is blocked; undefined for a command without a key. */
export function blockOf(entry: ArrivedLine): string | undefined {
  return entry.stream === null || entry.key === null ? undefined : `${entry.stream}:${entry.key}`;
}
