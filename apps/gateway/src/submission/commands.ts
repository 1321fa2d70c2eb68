import type { CommandContract, Outcome } from '#contracts';
import { Injectable } from '@nestjs/common';
import { hasEnded, type Operation } from '../operations/operation.js';
import { OutcomeWaiters } from '../operations/outcome-waiters.js';
import type { Answer } from './answer.js';
import { CommandPublisher, type Prepared } from './command-publisher.js';
import { KnownCommands } from './known-commands.js';
import { answerOf, appliedPreferences } from './outcome-answer.js';
import type { Submission } from './submission.js';

/** What controllers submit their commands to. */
@Injectable()
export class Commands {
  constructor(
    private readonly publisher: CommandPublisher,
    private readonly known: KnownCommands,
    private readonly waiters: OutcomeWaiters,
  ) {}

  /**
   * Has the command stored, and answers 202 with its operation; after a `Prefer: wait` with its outcome, where that came in
   * time. A repeated request is the same command and is not stored again once the ledger knows it. Throws problems.
   */
  async submit<Payload>(
    contract: CommandContract<Payload>,
    payload: Payload,
    submission: Submission,
  ): Promise<Answer<Operation>> {
    const command = this.publisher.prepare(contract, payload, submission);
    const known = command.repeatable ? await this.#lookUp(command) : undefined;
    const { waited, outcome } = await this.#publishAndWait(command, submission, known);
    const operation = this.publisher.tell(command, outcome ?? known);
    return answerOf(operation, payload, submission.acceptance, appliedPreferences(submission.preferences, waited));
  }

  async #lookUp(command: Prepared): Promise<Outcome | undefined> {
    return (await this.known.find([command])).get(command.reference.commandId);
  }

  async #publishAndWait(command: Prepared, submission: Submission, known?: Outcome) {
    const { commandId } = command.reference;
    const waitMs = (submission.preferences.waitSeconds ?? 0) * 1000;
    if (known && hasEnded(known.state)) return { waited: waitMs > 0, outcome: known };
    const wait = waitMs > 0 ? this.waiters.begin([commandId]) : undefined;
    try {
      if (!known) await this.publisher.publish(command);
      if (!wait) return { waited: false, outcome: undefined };
      const outcomes = await wait.outcomes(submission.receivedAt + waitMs, submission.signal);
      return { waited: true, outcome: outcomes.get(commandId) };
    } finally {
      wait?.close();
    }
  }
}
