const SECOND_MS = 1_000;

/** Rows that were committed together, and when, in milliseconds of the epoch, as the server noted it. */
export interface Transaction {
  readonly atMs: number;
  readonly rows: number;
}

/** Rows a second from the first commit to the last; the first one's rows came before the time did. */
export function ratePerSecond(transactions: readonly Transaction[]): number {
  return rateBehind(transactions, 0, Number.POSITIVE_INFINITY);
}

/**
 * Rows a second of `count` rows behind the first `skipped`: between the commits with which both numbers are reached, so that
 * each row that counts is paid for by time that counts. NaN where one transaction holds them all. `transactions` ascend.
 */
export function rateBehind(transactions: readonly Transaction[], skipped: number, count: number): number {
  let rows = 0;
  let from: { readonly atMs: number; readonly rows: number } | undefined;
  let to = from;
  for (const transaction of transactions) {
    rows += transaction.rows;
    to = { atMs: transaction.atMs, rows };
    if (from && rows >= skipped + count) break;
    if (!from && rows >= skipped) from = to;
  }
  if (!from || !to || to.atMs === from.atMs) return Number.NaN;
  return ((to.rows - from.rows) * SECOND_MS) / (to.atMs - from.atMs);
}

/** A load at a constant rate: its first command is due at `beganMs`. */
export interface ConstantLoad {
  readonly beganMs: number;
  readonly perSecond: number;
  readonly commands: number;
}

/** How many commands of a constant load are due at that instant. */
export function dueAt({ beganMs, perSecond, commands }: ConstantLoad, atMs: number): number {
  return Math.min(commands, Math.max(0, Math.floor(((atMs - beganMs) * perSecond) / SECOND_MS) + 1));
}

export interface CaughtUp {
  readonly atMs: number;
  /** Rows that were committed from `sinceMs` on until then. */
  readonly rows: number;
}

/** The first commit since that instant with which no more than `slack` of what was due still waits. `transactions` ascend. */
export function caughtUp(
  transactions: readonly Transaction[],
  load: ConstantLoad,
  sinceMs: number,
  slack: number,
): CaughtUp | undefined {
  let before = 0;
  let rows = 0;
  for (const transaction of transactions) {
    if (transaction.atMs < sinceMs) {
      before += transaction.rows;
      continue;
    }
    rows += transaction.rows;
    if (dueAt(load, transaction.atMs) - before - rows <= slack) return { atMs: transaction.atMs, rows };
  }
  return undefined;
}
