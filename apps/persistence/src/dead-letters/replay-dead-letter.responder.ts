import { ReplayDeadLetter, type AnswerOf, type PayloadOf } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { Operator } from './operator.js';

@Answers(ReplayDeadLetter)
export class ReplayDeadLetterResponder implements Responder<typeof ReplayDeadLetter> {
  constructor(private readonly operator: Operator) {}

  answer({ commandId, ...action }: PayloadOf<typeof ReplayDeadLetter>): Promise<AnswerOf<typeof ReplayDeadLetter>> {
    return this.operator.replay(commandId, action);
  }
}
