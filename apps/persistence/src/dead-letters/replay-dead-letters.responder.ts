import { ReplayDeadLetters, type AnswerOf, type PayloadOf } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { Operator } from './operator.js';

@Answers(ReplayDeadLetters)
export class ReplayDeadLettersResponder implements Responder<typeof ReplayDeadLetters> {
  constructor(private readonly operator: Operator) {}

  async answer({
    filter,
    dryRun,
    limit,
    ...action
  }: PayloadOf<typeof ReplayDeadLetters>): Promise<AnswerOf<typeof ReplayDeadLetters>> {
    const matched = await this.operator.countReplayable(filter);
    const replayed = dryRun ? 0 : await this.operator.replayMany(filter, limit, action);
    return { matched, replayed, dryRun };
  }
}
