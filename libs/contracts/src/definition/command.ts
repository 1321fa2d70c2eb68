import type { RetryPolicy } from './retry-policy.js';
import type { Schema } from './schema.js';
import type { Stream } from './stream.js';

/** A request to change state, with exactly one handler. */
export interface CommandContract<Payload = unknown, Result = unknown> {
  readonly kind: 'command';
  /** Name and version, dotted and lower-case: `orders.place.v1`. A change that old payloads do not fit is a new version. */
  readonly type: string;
  /** One sentence for people, shown in Swagger and AsyncAPI. */
  readonly summary: string;
  readonly payload: Schema<Payload>;
  /** What the handler returns to the caller, at most `RESULT_BYTES_MAX` as JSON. */
  readonly result?: Schema<Result>;
  readonly stream: Stream;
  /** The key within the stream, at most `KEY_LENGTH_MAX` long. */
  key(payload: Payload): string;
  readonly retry: RetryPolicy;
  /** A handler that runs longer is cancelled with its transaction. Default 30,000 ms. */
  readonly handlerTimeoutMs: number;
  /** True: the handler calls other services, so it runs in a batch of one, where no neighbour's rollback repeats the call. */
  readonly isolated: boolean;
  /** True: a request without an `Idempotency-Key` is refused with 400. */
  readonly idempotencyKeyRequired: boolean;
  /** A command that has not run this long after it was accepted becomes `expired`. Absent: never. */
  readonly expiresAfterMs?: number;
  /** True: made by Sluice's own tools alone, so the documents for senders leave it out. */
  readonly internal: boolean;
}

/** Results are hints of a kilobyte, not documents: what is larger is read by a query. */
export const RESULT_BYTES_MAX = 1024;

export interface CommandDefinition<Payload, Result> {
  type: string;
  summary: string;
  payload: Schema<Payload>;
  result?: Schema<Result>;
  stream: Stream;
  key: (payload: Payload) => string;
  retry: RetryPolicy;
  handlerTimeoutMs?: number;
  isolated?: boolean;
  idempotencyKeyRequired?: boolean;
  expiresAfterMs?: number;
  internal?: boolean;
}

export function defineCommand<Payload, Result = never>(
  definition: CommandDefinition<Payload, Result>,
): CommandContract<Payload, Result> {
  assertTypeName(definition.type);
  return {
    kind: 'command',
    handlerTimeoutMs: 30_000,
    isolated: false,
    idempotencyKeyRequired: false,
    internal: false,
    ...definition,
  };
}

/** The TypeScript type of a contract's payload: `type PlaceOrder = PayloadOf<typeof PlaceOrder>`. */
export type PayloadOf<Contract> = Contract extends { readonly payload: Schema<infer Payload> } ? Payload : never;

/** The TypeScript type of what a contract's handler returns. */
export type ResultOf<Contract> = Contract extends { readonly result?: Schema<infer Result> } ? Result : never;

const TYPE_NAME = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+\.v[1-9][0-9]*$/;

export function assertTypeName(type: string): void {
  if (!TYPE_NAME.test(type)) {
    throw new TypeError(
      `'${type}' is no contract type: use dotted lower-case words and a version, as 'orders.place.v1'.`,
    );
  }
}
