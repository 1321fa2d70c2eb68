import type { Outcome } from '#contracts';
import { Injectable, Logger } from '@nestjs/common';
import { LedgerReader, type LedgerAnswer } from '../operations/ledger-reader.js';
import type { Prepared } from './command-publisher.js';
import { keyReusedProblem } from './outcome-answer.js';

/** A caller with an `Idempotency-Key` waits no longer than this for the ledger, in milliseconds. */
const LOOK_MS_MAX = 250;
/** After a look in vain the ledger is left alone this long, so that an outage slows no requests down. */
const PAUSE_MS = 1_000;

const NONE: ReadonlyMap<string, Outcome> = new Map();

/** Recognises repeated requests that the ledger knows already. */
@Injectable()
export class KnownCommands {
  readonly #log = new Logger('KnownCommands');
  readonly #ledger: LedgerReader;
  #pausedUntil = 0;

  constructor(ledger: LedgerReader) {
    this.#ledger = ledger;
  }

  /**
   * The lines of those among the commands that ran before, by id. Throws a 422 problem when one has another payload. Where
   * the ledger does not answer in time nothing is known, and persistence recognises the repetition later.
   */
  async find(commands: readonly Prepared[]): Promise<ReadonlyMap<string, Outcome>> {
    const repeatable = commands.filter((command) => command.repeatable).map((command) => command.reference.commandId);
    if (repeatable.length === 0 || performance.now() < this.#pausedUntil) return NONE;
    const answer = await this.#look(repeatable);
    if (answer === undefined) {
      this.#pausedUntil = performance.now() + PAUSE_MS;
      return NONE;
    }
    for (const { reference } of commands) {
      const outcome = answer.outcomes.get(reference.commandId);
      if (outcome && outcome.fingerprint !== reference.fingerprint) throw keyReusedProblem();
    }
    return answer.outcomes;
  }

  /** A look that fails, for whatever reason, must not keep a command from being stored. */
  async #look(commandIds: readonly string[]): Promise<LedgerAnswer | undefined> {
    try {
      return await this.#ledger.find(commandIds, LOOK_MS_MAX);
    } catch (error) {
      this.#log.error('The ledger could not be asked for repeated requests; persistence recognises them later.', error);
      return undefined;
    }
  }
}
