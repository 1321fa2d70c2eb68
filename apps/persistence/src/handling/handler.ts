import type { CommandContract, PayloadOf, ResultOf } from '#contracts';
import type { EntityManager } from 'typeorm';

/** A command as its handler sees it: decoded and valid. */
export interface Command<Payload = unknown> {
  /** The command id, which is also the operation's. */
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly payload: Payload;
  /** Which run of the handler this is; the first is 1. */
  readonly attempt: number;
  readonly acceptedAt: Date;
}

/** The transaction that a batch is settled in. A handler reaches the database only through it. */
export interface Unit {
  readonly manager: EntityManager;
  /** Aborts when the contract's `handlerTimeoutMs` is over or the process must stop. */
  readonly signal: AbortSignal;
  /** The domain says no to one command of the batch. Nothing is rolled back: its effects must not have been written. */
  reject(command: Command, code: string, message: string): void;
}

/** Handles one command at a time. Throw `Rejected` for a no of the domain, anything else to have it retried by policy. */
export interface CommandHandler<Contract extends CommandContract> {
  handle(command: Command<PayloadOf<Contract>>, unit: Unit): Promise<ResultOf<Contract> | void>;
}

/** Handles all commands of its type in a wave at once. Results go by command id; commands without one have none. */
export interface BatchHandler<Contract extends CommandContract> {
  handleBatch(
    commands: readonly Command<PayloadOf<Contract>>[],
    unit: Unit,
  ): Promise<ReadonlyMap<string, ResultOf<Contract>> | void>;
}

export type Handler = CommandHandler<CommandContract> | BatchHandler<CommandContract>;

export function isBatchHandler(handler: Handler): handler is BatchHandler<CommandContract> {
  return 'handleBatch' in handler;
}

/** The domain's no: final, never retried, shown to the caller. `code` is stable and kebab-case: `order-not-found`. */
export class Rejected extends Error {
  override readonly name = 'Rejected';

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What the handler needs is away for a while (a service, a table under migration): tried again without counting an attempt. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
