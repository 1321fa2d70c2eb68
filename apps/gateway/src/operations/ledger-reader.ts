import { FindOutcomes, type Outcome } from '#contracts';
import { REQUESTS, RequestUnavailable, type Requests } from '#messaging';
import { Inject, Injectable } from '@nestjs/common';
import { GATEWAY_SETTINGS, type GatewaySettings } from '../settings.js';

export interface LedgerAnswer {
  /** By command id; a command without a line is missing. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Lines of commands accepted earlier are purged, in milliseconds since the epoch; null while none is. */
  readonly purgedBeforeMs: number | null;
}

const IDS_PER_REQUEST = 1_000;

/** Asks persistence for lines of the ledger. */
@Injectable()
export class LedgerReader {
  readonly #requests: Requests;
  readonly #timeoutMs: number;

  constructor(@Inject(REQUESTS) requests: Requests, @Inject(GATEWAY_SETTINGS) settings: GatewaySettings) {
    this.#requests = requests;
    this.#timeoutMs = settings.QUERY_TIMEOUT_MS;
  }

  /** Undefined while the ledger is out of reach, which is no fault of whoever asks. */
  async find(commandIds: readonly string[], timeoutMs = this.#timeoutMs): Promise<LedgerAnswer | undefined> {
    const outcomes = new Map<string, Outcome>();
    let purgedBeforeMs: number | null = null;
    const deadline = performance.now() + Math.min(timeoutMs, this.#timeoutMs);
    try {
      for (let first = 0; first < commandIds.length; first += IDS_PER_REQUEST) {
        const slice = commandIds.slice(first, first + IDS_PER_REQUEST);
        const leftMs = Math.max(1, Math.ceil(deadline - performance.now()));
        const answer = await this.#requests.ask(FindOutcomes, { commandIds: slice }, leftMs);
        for (const outcome of answer.outcomes) outcomes.set(outcome.commandId, outcome);
        if (answer.purgedBefore !== null) purgedBeforeMs = Date.parse(answer.purgedBefore);
      }
    } catch (error) {
      if (error instanceof RequestUnavailable) return undefined;
      throw error;
    }
    return { outcomes, purgedBeforeMs };
  }
}
