import type { AnswerOf, CommandContract, PayloadOf, RequestContract } from '#contracts';
import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';

export const HANDLES = Symbol('the command contract that a provider handles');
export const ANSWERS = Symbol('the request contract that a provider answers');

/** Marks the one handler of a command contract; list it among its module's providers. */
export function Handles(contract: CommandContract): ClassDecorator {
  return applyDecorators(Injectable(), SetMetadata(HANDLES, contract)) as ClassDecorator;
}

/** Marks the one responder of a query or action; list it among its module's providers. */
export function Answers(contract: RequestContract): ClassDecorator {
  return applyDecorators(Injectable(), SetMetadata(ANSWERS, contract)) as ClassDecorator;
}

export interface Responder<Contract extends RequestContract> {
  answer(payload: PayloadOf<Contract>): Promise<AnswerOf<Contract>>;
}
