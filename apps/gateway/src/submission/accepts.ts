import type { CommandContract } from '#contracts';
import { applyDecorators, HttpCode, UseInterceptors } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { AnswersJson } from '../documents/answers.js';
import { PROBLEMS } from '../http/problem-catalogue.js';
import { operation } from '../operations/operation.js';
import { WithAcceptance, type Acceptance } from './acceptance.js';
import { AnswerInterceptor } from './answer.js';
import { operationsAnswer, itemsAnswer } from './batch-answer.js';
import { IDEMPOTENCY_KEY, IDEMPOTENCY_KEY_LENGTH_MAX } from './idempotency-key.js';
import { WAIT_SECONDS_MAX } from './prefer.js';

const LOCATION = { Location: { description: 'The path of the operation.', schema: { type: 'string' as const } } };

/** Marks a route that submits a command, and describes its headers and answers in the OpenAPI document. */
export function Accepts<Payload>(
  contract: CommandContract<Payload>,
  acceptance: Acceptance<Payload> = {},
): MethodDecorator {
  const applied = acceptance.created
    ? AnswersJson(201, 'Applied while the answer waited; `Location` is what it created.', operation)
    : AnswersJson(200, 'Applied while the answer waited.', operation);
  return applyDecorators(
    ...submits(contract, acceptance),
    ApiResponse({
      status: 202,
      description: 'Stored. The operation tells what becomes of it.',
      standardSchema: operation,
      headers: LOCATION,
    }),
    applied,
    ApiResponse({
      status: 422,
      description: `Rejected while the answer waited, or: ${titles(['idempotency-key-reused'])}`,
    }),
  );
}

/** Marks a route that submits many commands of one contract, and describes its headers and answers. */
export function AcceptsMany(contract: CommandContract, summary: string): MethodDecorator {
  return applyDecorators(
    ...submits(contract, {}, summary),
    AnswersJson(202, 'All are stored. Each has an operation.', operationsAnswer),
    AnswersJson(200, 'All were applied while the answer waited.', operationsAnswer),
    AnswersJson(207, 'A status for each: some are not stored, or were rejected.', itemsAnswer),
    ApiResponse({ status: 422, description: titles(['idempotency-key-reused']) }),
  );
}

function submits(
  contract: CommandContract,
  acceptance: Acceptance<never>,
  summary = contract.summary,
): MethodDecorator[] {
  const conflicts = (acceptance.rejections ?? []).filter((slug) => PROBLEMS[slug].status === 409);
  return [
    HttpCode(202),
    UseInterceptors(AnswerInterceptor),
    WithAcceptance(acceptance),
    ApiOperation({ summary, description: describe(contract) }),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description:
        '`wait=N` (RFC 7240) lets the answer wait for the outcome, at most N seconds and never more than ' +
        `${WAIT_SECONDS_MAX}. \`Preference-Applied\` says whether it did.`,
      schema: { type: 'string' },
      examples: { wait: { value: 'wait=5' } },
    }),
    ApiHeader({
      name: IDEMPOTENCY_KEY,
      required: contract.idempotencyKeyRequired,
      description:
        'Makes a repeated request the same command, on any gateway, as long as the ledger keeps the first. A quoted ' +
        'string, or bare. Another payload with the same key is refused.',
      schema: { type: 'string', minLength: 1, maxLength: IDEMPOTENCY_KEY_LENGTH_MAX + 2 },
    }),
    ApiHeader({
      name: 'X-Correlation-Id',
      required: false,
      description: 'Goes with the command, up to 128 printable characters.',
      schema: { type: 'string', maxLength: 128 },
    }),
    ...(conflicts.length === 0 ? [] : [ApiResponse({ status: 409, description: titles(conflicts) })]),
    ApiResponse({ status: 503, description: titles(['overloaded', 'transport-unavailable', 'outcome-unknown']) }),
  ];
}

function titles(slugs: readonly (keyof typeof PROBLEMS)[]): string {
  return slugs.map((slug) => PROBLEMS[slug].title).join(' ');
}

function describe(contract: CommandContract): string {
  const order = contract.stream.ordering === 'strict' ? 'in order, each after the one before' : 'in order of arrival';
  return `Submits \`${contract.type}\`. Commands of one key of the stream \`${contract.stream.name}\` run ${order}.`;
}
