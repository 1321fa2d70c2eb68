import type { Outcome } from '#contracts';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';
import { LedgerReader } from './ledger-reader.js';
import { hasEnded } from './operation.js';
import { OutcomeBoard } from './outcome-board.js';

/** The last look at the ledger may make an answer this much later than the caller asked for, in milliseconds. */
const LAST_READ_MS_MAX = 1_000;

/** One request's wait for what becomes of its commands. */
export interface Wait {
  /**
   * Resolves with what is known of the commands by id: once all have ended or died, at the deadline, or when the signal
   * aborts. Never rejects for an unreachable ledger. Ends the wait.
   */
  outcomes(deadlineMs: number, signal: AbortSignal): Promise<ReadonlyMap<string, Outcome>>;
  /** Ends the wait without a result. Idempotent. */
  close(): void;
}

/** Gives each waiting request its outcomes, and keeps their number bounded. */
@Injectable()
export class OutcomeWaiters {
  readonly #waitersMax: number;
  readonly #board: OutcomeBoard;
  readonly #ledger: LedgerReader;
  #waiting = 0;

  constructor(@Inject(GATEWAY_SETTINGS) settings: GatewaySettings, board: OutcomeBoard, ledger: LedgerReader) {
    this.#waitersMax = settings.WAITERS_MAX;
    this.#board = board;
    this.#ledger = ledger;
  }

  /** Commands whose outcome somebody waits for. */
  get count(): number {
    return this.#waiting;
  }

  /** Begin before the commands are published, so that no outcome is missed. Undefined when too many wait already. */
  begin(commandIds: readonly string[]): Wait | undefined {
    if (this.#waiting + commandIds.length > this.#waitersMax) return undefined;
    this.#waiting += commandIds.length;
    const known = new Map<string, Outcome>();
    const ended = new Set<string>();
    const { promise: allEnded, resolve } = Promise.withResolvers<void>();
    const note = (outcome: Outcome) => {
      known.set(outcome.commandId, outcome);
      if (hasEnded(outcome.state)) ended.add(outcome.commandId);
      else ended.delete(outcome.commandId);
      if (ended.size === commandIds.length) resolve();
    };
    if (commandIds.length === 0) resolve();
    const stops = commandIds.map((commandId) => this.#board.watch(commandId, note));
    const close = () => {
      this.#waiting -= stops.length;
      for (const stop of stops.splice(0)) stop();
    };
    const outcomes = async (deadlineMs: number, signal: AbortSignal) => {
      try {
        await settledBy(allEnded, deadlineMs, signal);
        const open = commandIds.filter((commandId) => !ended.has(commandId));
        if (open.length === 0 || signal.aborted) return known;
        const last = await this.#ledger.find(open, LAST_READ_MS_MAX);
        for (const outcome of last?.outcomes.values() ?? []) this.#board.tell(outcome);
        return known;
      } finally {
        close();
      }
    };
    return { outcomes, close };
  }
}

async function settledBy(settled: Promise<void>, deadlineMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(0, deadlineMs - performance.now()));
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([settled, over]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
