import { DiscardDeadLetter, type AnswerOf, type PayloadOf } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { Operator } from './operator.js';

@Answers(DiscardDeadLetter)
export class DiscardDeadLetterResponder implements Responder<typeof DiscardDeadLetter> {
  constructor(private readonly operator: Operator) {}

  answer({ commandId, ...action }: PayloadOf<typeof DiscardDeadLetter>): Promise<AnswerOf<typeof DiscardDeadLetter>> {
    return this.operator.discard(commandId, action);
  }
}
