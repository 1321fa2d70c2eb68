import type { CommandContract, Outcome } from '#contracts';
import { Injectable } from '@nestjs/common';
import { Problem, problemDocument } from '../http/problem.js';
import { hasEnded, isSettled, type Operation } from '../operations/operation.js';
import { OutcomeWaiters, type Wait } from '../operations/outcome-waiters.js';
import { Answer } from './answer.js';
import type { BatchAnswer, BatchItem } from './batch-answer.js';
import { CommandPublisher, type Prepared } from './command-publisher.js';
import { KnownCommands } from './known-commands.js';
import { appliedPreferences, preferenceApplied, rejectionProblem } from './outcome-answer.js';
import type { Submission } from './submission.js';

/** Submits many commands of one contract in one request, each with an operation of its own. */
@Injectable()
export class CommandBatches {
  constructor(
    private readonly publisher: CommandPublisher,
    private readonly known: KnownCommands,
    private readonly waiters: OutcomeWaiters,
  ) {}

  /**
   * 202 with an operation each, in order; 200 when a `Prefer: wait` saw all of them applied; 207 with a status each when
   * they differ in kind: some not stored, or some rejected. Throws the problem where none was stored.
   */
  async submit<Payload>(
    contract: CommandContract<Payload>,
    payloads: readonly Payload[],
    submission: Submission,
  ): Promise<Answer<BatchAnswer>> {
    const commands = payloads.map((payload, index) => this.publisher.prepare(contract, payload, submission, index));
    const known = await this.known.find(commands);
    const wait = this.#beginWait(commands, submission, known);
    try {
      const failures = await this.#publishAll(commands.filter(({ reference }) => !known.has(reference.commandId)));
      assertSomeStored(commands, failures);
      const outcomes = await this.#outcomes(wait, submission, failures.size > 0);
      const items = commands.map((command) => this.#itemOf(command, failures.get(command), outcomes, known, wait));
      const applied = appliedPreferences(submission.preferences, wait !== undefined);
      return answerWith(items, preferenceApplied(applied));
    } finally {
      wait?.close();
    }
  }

  #beginWait(commands: readonly Prepared[], { preferences }: Submission, known: ReadonlyMap<string, Outcome>) {
    if (preferences.waitSeconds === undefined) return undefined;
    const commandIds = commands.map(({ reference }) => reference.commandId);
    const open = commandIds.filter((commandId) => {
      const outcome = known.get(commandId);
      return outcome === undefined || !hasEnded(outcome.state);
    });
    return this.waiters.begin(open);
  }

  /** All at once, so that one group commit of the transport may take many. The failures, by command. */
  async #publishAll(commands: readonly Prepared[]): Promise<ReadonlyMap<Prepared, Problem>> {
    const failures = new Map<Prepared, Problem>();
    const publishing = commands.map(async (command) => {
      try {
        await this.publisher.publish(command);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        failures.set(command, error);
      }
    });
    for (const result of await Promise.allSettled(publishing)) if (result.status === 'rejected') throw result.reason;
    return failures;
  }

  /** Those that failed will have no outcome: then the answer does not wait for the others either. */
  async #outcomes(wait: Wait | undefined, submission: Submission, failed: boolean) {
    const waitMs = failed ? 0 : (submission.preferences.waitSeconds ?? 0) * 1000;
    return (await wait?.outcomes(submission.receivedAt + waitMs, submission.signal)) ?? new Map<string, Outcome>();
  }

  #itemOf(
    command: Prepared,
    failure: Problem | undefined,
    outcomes: ReadonlyMap<string, Outcome>,
    known: ReadonlyMap<string, Outcome>,
    wait: Wait | undefined,
  ): BatchItem {
    if (failure) return { status: failure.getStatus(), problem: problemDocument(failure.details) };
    const { commandId } = command.reference;
    const operation = this.publisher.tell(command, outcomes.get(commandId) ?? known.get(commandId));
    return { status: statusOf(operation, wait !== undefined), operation };
  }
}

function statusOf(operation: Operation, waited: boolean): number {
  if (operation.status === 'rejected') return rejectionProblem(operation, ['idempotency-key-reused'], {}).getStatus();
  return waited && isSettled(operation) && operation.status === 'applied' ? 200 : 202;
}

function assertSomeStored(commands: readonly Prepared[], failures: ReadonlyMap<Prepared, Problem>): void {
  if (failures.size < commands.length) return;
  const [first] = failures.values();
  const uncertain = [...failures.values()].some((failure) => failure.details.type === '/problems/outcome-unknown');
  if (first && !uncertain) throw first;
}

function answerWith(items: readonly BatchItem[], headers: Record<string, string>): Answer<BatchAnswer> {
  if (items.some(({ status }) => status >= 300)) return new Answer(207, { items }, headers);
  const operations = items.map(({ operation }) => operation).filter((operation) => operation !== undefined);
  const status = items.every((item) => item.status === 200) ? 200 : 202;
  return new Answer(status, { operations }, headers);
}
