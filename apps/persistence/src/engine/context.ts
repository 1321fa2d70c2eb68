import type { NoticedOutcome } from '#messaging';
import type { Database } from '../database/database.js';
import type { Ledger } from '../ledger/ledger.js';
import type { StartMarks } from '../ledger/starts.js';
import type { EngineMeter } from '../metrics/engine-meter.js';
import type { Breaker } from './breaker.js';
import type { ContractBreakers } from './contract-breakers.js';
import type { Gate } from './gate.js';
import type { HandlerRegistry } from './handler-registry.js';
import type { EngineOptions } from './options.js';
import type { Teller } from './teller.js';
import type { TimeoutStreak } from './timeout-streak.js';
import type { Circumstances } from './verdict.js';

/** What live batches and retries of one process have in common. */
export interface EngineContext {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly registry: HandlerRegistry;
  readonly marks: StartMarks;
  readonly breaker: Breaker;
  readonly contracts: ContractBreakers;
  readonly gate: Gate;
  readonly teller: Teller;
  readonly meter: EngineMeter;
  readonly timeouts: TimeoutStreak;
  readonly options: EngineOptions;
  /** What running handlers are aborted by when the process must stop. */
  readonly running: Set<AbortController>;
  /** Wakes the retry worker: a line has become due, or will. */
  readonly nudge: () => void;
}

export function circumstancesOf({ options, contracts }: EngineContext): Circumstances {
  const nowMs = options.now();
  return {
    nowMs,
    random: options.random(),
    unavailableMsMax: options.unavailableMsMax,
    unavailableUntilMs: (type) => contracts.unavailable(type, nowMs),
  };
}

/** Tells the gateways what has been committed, and the retry worker that there is something for it. */
export function tell({ teller, nudge }: EngineContext, outcomes: readonly NoticedOutcome[]): void {
  teller.tell(outcomes);
  if (outcomes.some((outcome) => outcome.state === 'retrying')) nudge();
}

/** Gives `work` an abort controller that also aborts when the process must stop. */
export async function abortable<Value>(
  { running }: EngineContext,
  work: (abort: AbortController) => Promise<Value>,
): Promise<Value> {
  const abort = new AbortController();
  running.add(abort);
  try {
    return await work(abort);
  } finally {
    running.delete(abort);
  }
}
