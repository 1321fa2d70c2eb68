import { RESULT_BYTES_MAX } from '#contracts';
import type { EntityManager } from 'typeorm';
import { confinedTo } from '../database/tracked-client.js';
import type { Transaction } from '../database/transaction.js';
import { isBatchHandler, type Command, type Unit } from '../handling/handler.js';
import type { Problem } from '../ledger/line.js';
import { storable } from '../ledger/text.js';
import type { EngineContext } from './context.js';
import type { Binding } from './handler-registry.js';

/** What a handler made of its commands; what it names in neither map is applied without a result. */
export interface Handled {
  /** Results by command id, as JSON. */
  readonly results: ReadonlyMap<string, string>;
  readonly rejections: ReadonlyMap<string, Problem>;
}

/** A handler took longer than its contract's `handlerTimeoutMs`. */
export class HandlerTimeout extends Error {
  override readonly name = 'HandlerTimeout';
}

/** A handler returned what cannot be kept as a result. */
export class ResultUnusable extends Error {
  override readonly name = 'ResultUnusable';
}

/** How late a timer may be in a process that runs. */
const STANDSTILL_MS = 2_000;

/** Calls handlers within one transaction, each for as long as its contract allows. */
export class HandlerCalls {
  readonly #context: EngineContext;
  readonly #transaction: Transaction;
  readonly #abort: AbortController;

  constructor(context: EngineContext, transaction: Transaction, abort: AbortController) {
    this.#context = context;
    this.#transaction = transaction;
    this.#abort = abort;
  }

  async call({ contract, handler }: Binding, commands: readonly Command[]): Promise<Handled> {
    const unit = new HandlerUnit(this.#transaction.manager, this.#abort.signal, commands);
    const results = new Map<string, string>();
    await this.#within(contract.handlerTimeoutMs, contract.type, async () => {
      if (isBatchHandler(handler)) {
        for (const [id, result] of (await handler.handleBatch(commands, unit)) ?? []) keep(results, id, result);
      } else {
        for (const command of commands) keep(results, command.id, await handler.handle(command, unit));
      }
    });
    this.#context.contracts.available(contract.type);
    for (const id of unit.rejections.keys()) results.delete(id);
    return { results, rejections: unit.rejections };
  }

  async #within(timeoutMs: number, type: string, work: () => Promise<void>): Promise<void> {
    const late = Promise.withResolvers<void>();
    let expired: Promise<HandlerTimeout> | undefined;
    const expire = async () => {
      const error = new HandlerTimeout(`The handler of '${type}' ran longer than its ${timeoutMs} ms.`);
      this.#abort.abort(error);
      await this.#context.database.cancel(this.#transaction, error);
      return error;
    };
    let timer: NodeJS.Timeout;
    const begin = () => {
      const dueAt = performance.now() + timeoutMs;
      timer = setTimeout(() => {
        // A process that stood still has not run its handler meanwhile: the handler's time begins anew.
        if (performance.now() - dueAt > STANDSTILL_MS) return begin();
        expired = expire();
        late.resolve();
      }, timeoutMs);
    };
    begin();
    try {
      await Promise.race([confinedTo(this.#transaction.client, work), late.promise]);
    } catch (error) {
      if (!expired) throw error;
    } finally {
      clearTimeout(timer!);
    }
    // However it ends once it was told to, it has taken too long.
    if (expired) throw await expired;
  }

  /** Whether the handler was told to end for a reason that is none of its own. */
  get interrupted(): boolean {
    const { aborted, reason } = this.#abort.signal;
    return aborted && !(reason instanceof HandlerTimeout);
  }
}

class HandlerUnit implements Unit {
  readonly rejections = new Map<string, Problem>();
  readonly #ids: ReadonlySet<string>;

  constructor(
    readonly manager: EntityManager,
    readonly signal: AbortSignal,
    commands: readonly Command[],
  ) {
    this.#ids = new Set(commands.map((command) => command.id));
  }

  reject(command: Command, code: string, message: string): void {
    if (!this.#ids.has(command.id))
      throw new Error(`The command ${command.id} is not among those that the handler was given.`);
    this.rejections.set(command.id, { code: storable(code), message: storable(message) });
  }
}

/** A NUL or half a surrogate pair as JSON escapes it, which jsonb cannot hold; not the text of such an escape. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

function keep(results: Map<string, string>, id: string, result: unknown): void {
  if (result === undefined) return;
  const json = JSON.stringify(result) as string | undefined;
  if (json === undefined || UNSTORABLE.test(json)) {
    throw new ResultUnusable('A result must be JSON, without NUL characters and halves of surrogate pairs.');
  }
  if (Buffer.byteLength(json) > RESULT_BYTES_MAX) {
    throw new ResultUnusable(`A result is ${Buffer.byteLength(json)} bytes long; the most is ${RESULT_BYTES_MAX}.`);
  }
  results.set(id, json);
}
