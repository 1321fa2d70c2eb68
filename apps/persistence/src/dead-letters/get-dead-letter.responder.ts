import { GetDeadLetter, type AnswerOf, type PayloadOf } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { RequestDatabase } from '../requests/request-database.js';
import { toDeadLetter, WHOLE_COLUMNS, type DeadLetter, type WholeRow } from './dead-letter-row.js';

type AuditRow = Omit<DeadLetter['audit'][number], 'at'> & { readonly at: Date };

@Answers(GetDeadLetter)
export class GetDeadLetterResponder implements Responder<typeof GetDeadLetter> {
  constructor(private readonly database: RequestDatabase) {}

  async answer({ commandId }: PayloadOf<typeof GetDeadLetter>): Promise<AnswerOf<typeof GetDeadLetter>> {
    return this.database.read(async (manager) => {
      const audit = await manager.query<AuditRow[]>(
        `SELECT at, operator, action, reason FROM ledger_audit WHERE command_id = $1 ORDER BY id`,
        [commandId],
      );
      const [row] = await manager.query<WholeRow[]>(`SELECT ${WHOLE_COLUMNS} FROM command_ledger l WHERE l.id = $1`, [
        commandId,
      ]);
      // Operators act on dead letters only, so a line with an audit was one.
      if (!row || (row.state !== 'dead' && audit.length === 0)) return null;
      return toDeadLetter(
        row,
        audit.map((line) => ({ ...line, at: line.at.toISOString() })),
      );
    });
  }
}
