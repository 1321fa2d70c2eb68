import { setTimeout as delay } from 'node:timers/promises';
import { LaneBusy } from '../database/database.js';
import { blamesTheServer, classOf, TransactionFailure, type ErrorClass } from '../database/error-table.js';
import type { Breaker } from './breaker.js';

/** How often a batch is run again that met other transactions in its way. */
const CONTENTION_MAX = 3;
/** How often in a row a batch may fail of the database although the database stands when nothing is asked of it. */
export const SYSTEMIC_MAX = 3;
/** After so many failures it is the batch's, however unsteady the database is: of two such batches each breaks the other's proof. */
const UNSTEADY_MAX = 20;
/** The proof takes longer than the try that failed, so that what breaks by itself every so often breaks the proof first. */
const PROOF = { times: 2, msMin: 500, msMax: 5_000 } as const;
/** Between tries that failed of the database alone, though its probe is green: where its disk is full, some writes still succeed. */
const UNBLAMED_PAUSE_MS = 100;

export type Tried<Value> =
  | { readonly done: true; readonly value: Value }
  | { readonly done: false; readonly failure: TransactionFailure; readonly errorClass: ErrorClass };

/**
 * Runs `work` until it is done or has failed of itself: waits while the database is away or the lane is held by another, and
 * repeats what met contention. A failure of class `systemic` comes back only when it has come `systemicMax` times again though
 * the database was seen to stand in between; one that is the database's by its own word, or from before the transaction, never does.
 */
export async function patiently<Value>(
  breaker: Breaker,
  signal: AbortSignal,
  work: () => Promise<Value>,
  systemicMax = SYSTEMIC_MAX,
): Promise<Tried<Value>> {
  let contended = 0;
  let systemic = 0;
  let unsteady = 0;
  for (;;) {
    await breaker.untilClosed(signal);
    const begunAt = performance.now();
    try {
      return { done: true, value: await work() };
    } catch (error) {
      if (error instanceof LaneBusy) continue;
      if (!(error instanceof TransactionFailure)) throw error;
      const errorClass = classOf(error);
      if (errorClass === 'systemic') {
        breaker.trip();
        if (blamesTheServer(error)) {
          await pause(UNBLAMED_PAUSE_MS, signal);
          continue;
        }
        if (systemic < systemicMax) {
          const stood = await breaker.proveSteady(proofMsOf(performance.now() - begunAt), signal);
          if (stood || ++unsteady > UNSTEADY_MAX) systemic++;
          continue;
        }
      } else if (errorClass === 'contention' && contended++ < CONTENTION_MAX) {
        continue;
      }
      return { done: false, failure: error, errorClass };
    }
  }
}

function proofMsOf(triedMs: number): number {
  return Math.min(PROOF.msMax, Math.max(PROOF.msMin, PROOF.times * triedMs));
}

/** Shorter where the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
