import { LedgerStanding, type AnswerOf } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { RequestDatabase } from '../requests/request-database.js';

interface StandingRow {
  readonly retrying: number;
  readonly parked: number;
  readonly dead: number;
  readonly oldest: Date | null;
}

/** Its answering at all says that the database is there. */
@Answers(LedgerStanding)
export class LedgerStandingResponder implements Responder<typeof LedgerStanding> {
  constructor(private readonly database: RequestDatabase) {}

  async answer(): Promise<AnswerOf<typeof LedgerStanding>> {
    const [row] = await this.database.read((manager) =>
      manager.query<[StandingRow]>(
        `SELECT count(*) FILTER (WHERE state = 'retrying')::int AS retrying,
           count(*) FILTER (WHERE state = 'parked')::int AS parked,
           count(*) FILTER (WHERE state = 'dead')::int AS dead,
           min(accepted_at) FILTER (WHERE state <> 'dead') AS oldest
         FROM command_ledger WHERE state IN ('retrying', 'parked', 'dead')`,
      ),
    );
    const { oldest, ...counts } = row;
    return { ...counts, oldestWaitingAt: oldest?.toISOString() ?? null };
  }
}
