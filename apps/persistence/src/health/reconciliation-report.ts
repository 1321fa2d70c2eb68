import type { Reconciliation } from '../reconciliation/reconciliation.js';

/** How the books of the installation stand. */
export interface ReconciliationReport {
  /** False once commands have been missing, or lines stray, for 10 s. Somebody must look; taking work away helps nobody. */
  readonly holds: boolean;
  /** Whether the transport knows exactly what waits. */
  readonly exact: boolean;
  readonly missing: number;
  readonly surplus: number;
  /** Those that are out of balance. */
  readonly lanes: readonly { readonly lane: number; readonly missing: number; readonly stray: number }[];
}

/** Undefined while the books cannot be read. */
export async function reconciliationReport(
  reconciliation: Pick<Reconciliation, 'read'>,
): Promise<ReconciliationReport | undefined> {
  const reading = await reconciliation.read().catch(() => undefined);
  if (!reading) return undefined;
  const { lanes, holds, exact } = reading;
  return {
    holds,
    exact,
    missing: lanes.reduce((sum, { missing }) => sum + missing, 0),
    surplus: lanes.reduce((sum, { surplus }) => sum + surplus, 0),
    lanes: lanes
      .filter(({ missing, stray }) => missing + stray > 0)
      .map(({ lane, missing, stray }) => ({ lane, missing, stray })),
  };
}
