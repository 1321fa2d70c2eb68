import { LaneBusy } from '../database/database.js';
import { classOf, TransactionFailure, type ErrorClass } from '../database/error-table.js';
import type { Breaker } from './breaker.js';

/** How often a batch is run again that met other transactions in its way. */
const CONTENTION_MAX = 3;
/** How often in a row a batch may fail of the database right after a probe has shown that the database is well. */
export const SYSTEMIC_MAX = 3;

export type Tried<Value> =
  | { readonly done: true; readonly value: Value }
  | { readonly done: false; readonly failure: TransactionFailure; readonly errorClass: ErrorClass };

/**
 * Runs `work` until it is done or has failed of itself: waits while the database is away or the lane is held by another, and
 * repeats what met contention. A failure of class `systemic` comes back only after `systemicMax` green probes changed nothing.
 */
export async function patiently<Value>(
  breaker: Breaker,
  signal: AbortSignal,
  work: () => Promise<Value>,
  systemicMax = SYSTEMIC_MAX,
): Promise<Tried<Value>> {
  let contended = 0;
  let systemic = 0;
  for (;;) {
    await breaker.untilClosed(signal);
    try {
      return { done: true, value: await work() };
    } catch (error) {
      if (error instanceof LaneBusy) continue;
      if (!(error instanceof TransactionFailure)) throw error;
      const errorClass = classOf(error);
      if (errorClass === 'systemic') {
        breaker.trip();
        if (systemic++ < systemicMax) continue;
      } else if (errorClass === 'contention' && contended++ < CONTENTION_MAX) {
        continue;
      }
      return { done: false, failure: error, errorClass };
    }
  }
}
