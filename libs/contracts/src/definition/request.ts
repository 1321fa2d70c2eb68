import { assertTypeName } from './command.js';
import type { Schema } from './schema.js';

/**
 * What the gateway asks persistence and gets an answer to at once, past the queue: a query, which reads, or an operator's
 * action on the ledger. Exactly one responder answers it; while the database is away nobody does.
 */
export interface RequestContract<Payload = unknown, Answer = unknown> {
  readonly kind: 'query' | 'action';
  readonly type: string;
  readonly summary: string;
  readonly payload: Schema<Payload>;
  readonly answer: Schema<Answer>;
}

type RequestDefinition<Payload, Answer> = Omit<RequestContract<Payload, Answer>, 'kind'>;

export function defineQuery<Payload, Answer>(
  definition: RequestDefinition<Payload, Answer>,
): RequestContract<Payload, Answer> {
  assertTypeName(definition.type);
  return { kind: 'query', ...definition };
}

/** An operator's change of the ledger itself (replay, discard). It leaves an audit line. */
export function defineAction<Payload, Answer>(
  definition: RequestDefinition<Payload, Answer>,
): RequestContract<Payload, Answer> {
  assertTypeName(definition.type);
  return { kind: 'action', ...definition };
}

export type AnswerOf<Contract> = Contract extends { readonly answer: Schema<infer Answer> } ? Answer : never;
