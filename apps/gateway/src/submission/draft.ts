import { KEY_LENGTH_MAX, type CommandContract } from '#contracts';
import {
  Attribute,
  derivedCommandId,
  fingerprintOf,
  GATEWAY_SOURCE,
  laneOf,
  partitionKeyOf,
  timedCommandId,
  timeText,
  type Envelope,
} from '#messaging';
import { problemOf } from '../http/problem-catalogue.js';
import type { OperationReference } from '../operations/operation-id.js';
import type { Submission } from './submission.js';

/** A command ready to be published, and what its operation id is made of. */
export interface Draft {
  readonly envelope: Envelope;
  readonly reference: OperationReference & { readonly type: string };
  /** Whether another request may have made the same command: the id comes from an `Idempotency-Key`. */
  readonly repeatable: boolean;
}

/**
 * Throws a 400 problem where the contract wants an `Idempotency-Key` that is not there, or the payload gives a key that is
 * too long. `index` is the command's place in a request that carries several.
 */
export function draftOf<Payload>(
  contract: CommandContract<Payload>,
  payload: Payload,
  submission: Submission,
  lanes: number,
  index?: number,
): Draft {
  const { idempotencyKey, principal } = submission;
  if (contract.idempotencyKeyRequired && idempotencyKey === undefined) {
    throw problemOf('idempotency-key-missing', { errors: [{ header: 'Idempotency-Key', detail: 'It is missing.' }] });
  }
  const timeMs = Date.now();
  const key = keyOf(contract, payload, index);
  const partitionKey = partitionKeyOf(contract.stream.name, key);
  const body = Buffer.from(JSON.stringify(payload));
  const id =
    idempotencyKey === undefined
      ? timedCommandId(timeMs)
      : derivedCommandId(principal, contract.type, idempotencyKey, ...(index === undefined ? [] : [String(index)]));
  const envelope: Envelope = Object.freeze({
    id,
    type: contract.type,
    source: GATEWAY_SOURCE,
    partitionKey,
    lane: laneOf(partitionKey, lanes),
    timeMs,
    attributes: Object.freeze(attributesOf(contract, submission, timeMs)),
    body,
  });
  const reference = { commandId: id, fingerprint: fingerprintOf(body), type: contract.type };
  return { envelope, reference, repeatable: idempotencyKey !== undefined };
}

function keyOf<Payload>(contract: CommandContract<Payload>, payload: Payload, index: number | undefined): string {
  const key = contract.key(payload);
  if (key.length <= KEY_LENGTH_MAX) return key;
  throw problemOf('invalid-request', {
    detail: `The payload's key in the stream '${contract.stream.name}' has ${key.length} characters; ${KEY_LENGTH_MAX} is the most.`,
    errors: [{ pointer: index === undefined ? '' : `/${index}`, detail: 'It makes a key that is too long.' }],
  });
}

function attributesOf(contract: CommandContract, submission: Submission, timeMs: number) {
  const attributes: Record<string, string> = { [Attribute.principal]: submission.principal, ...submission.trace };
  if (contract.expiresAfterMs !== undefined) {
    attributes[Attribute.expiryTime] = timeText(timeMs + contract.expiresAfterMs);
  }
  return attributes;
}
