import { FindOutcomes, type AnswerOf, type PayloadOf } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { readOutcomes } from '../ledger/outcomes.js';
import { RequestDatabase } from '../requests/request-database.js';

@Answers(FindOutcomes)
export class FindOutcomesResponder implements Responder<typeof FindOutcomes> {
  constructor(private readonly database: RequestDatabase) {}

  async answer({ commandIds }: PayloadOf<typeof FindOutcomes>): Promise<AnswerOf<typeof FindOutcomes>> {
    return this.database.read(async (manager) => {
      // The mark is read after the lines: read before, a purge in between would make a purged line look as never accepted.
      const outcomes = await readOutcomes(
        { query: (text, values) => manager.query(text, [...values]) },
        commandIds.map((id) => id.toLowerCase()),
      );
      const [installation] = await manager.query<{ purged_before: Date | null }[]>(
        `SELECT purged_before FROM installation`,
      );
      return { outcomes, purgedBefore: installation?.purged_before?.toISOString() ?? null };
    });
  }
}
