import type { Outcome } from '#contracts';
import { timeOfCommandId, TRANSPORT, type Transport } from '#messaging';
import { Inject, Injectable } from '@nestjs/common';
import { problemOf } from '../http/problem-catalogue.js';
import { LedgerReader, type LedgerAnswer } from './ledger-reader.js';
import { OperationIds, type OperationReference } from './operation-id.js';
import { operationOf, type Knowledge, type Operation } from './operation.js';

/** Operations by their ids. Keeps none: the id says which command, the ledger says what became of it. */
@Injectable()
export class Operations {
  readonly #ids: OperationIds;
  readonly #ledger: LedgerReader;
  readonly #transport: Transport;

  constructor(ids: OperationIds, ledger: LedgerReader, @Inject(TRANSPORT) transport: Transport) {
    this.#ids = ids;
    this.#ledger = ledger;
    this.#transport = transport;
  }

  issue(reference: OperationReference & { readonly type: string }, principal: string): string {
    return this.#ids.issue(reference.commandId, reference.fingerprint, reference.type, principal);
  }

  /** Throws a 404 problem for an id that was not issued to this principal. */
  refer(id: string, principal: string): OperationReference {
    const reference = this.#ids.read(id, principal);
    if (reference) return reference;
    throw problemOf('not-found', { detail: 'There is no operation of this id, or it belongs to somebody else.' });
  }

  tell(id: string, reference: OperationReference, knowledge: Knowledge): Operation {
    return operationOf(id, reference, this.#transport.guarantees.durability, knowledge);
  }

  /** Reads the ledger. Throws a 404 or a 410 problem; an unreachable ledger is told in the operation. */
  async read(id: string, principal: string): Promise<{ operation: Operation; outcome: Outcome | undefined }> {
    const reference = this.refer(id, principal);
    const answer = await this.#ledger.find([reference.commandId]);
    const outcome = answer?.outcomes.get(reference.commandId);
    if (answer && !outcome) assertRetained(reference.commandId, answer);
    const operation = this.tell(id, reference, { outcome, ledger: answer ? 'reached' : 'unavailable' });
    return { operation, outcome };
  }
}

/** Only an id that carries its time can be told to be purged; a derived one reads `accepted`. */
function assertRetained(commandId: string, { purgedBeforeMs }: LedgerAnswer): void {
  const acceptedAtMs = timeOfCommandId(commandId);
  if (acceptedAtMs === undefined || purgedBeforeMs === null || acceptedAtMs >= purgedBeforeMs) return;
  throw problemOf('gone', {
    detail: `The command was accepted before ${new Date(purgedBeforeMs).toISOString()}; what became of it is purged.`,
  });
}
