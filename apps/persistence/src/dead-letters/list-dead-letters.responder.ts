import { ListDeadLetters, type AnswerOf, type PayloadOf } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { decodeCursor, encodeCursor } from '../requests/cursor.js';
import { RequestDatabase } from '../requests/request-database.js';
import { conditionOf } from './dead-letter-filter.js';
import { SUMMARY_COLUMNS, toSummary, type SummaryRow } from './dead-letter-row.js';

@Answers(ListDeadLetters)
export class ListDeadLettersResponder implements Responder<typeof ListDeadLetters> {
  constructor(private readonly database: RequestDatabase) {}

  async answer({
    limit,
    cursor,
    ...filter
  }: PayloadOf<typeof ListDeadLetters>): Promise<AnswerOf<typeof ListDeadLetters>> {
    const matching = conditionOf(filter);
    const values = [...matching.values];
    let sql = matching.sql;
    if (cursor !== undefined) {
      const { at, id } = decodeCursor(cursor);
      sql += ` AND (l.updated_at, l.id) < ($${values.push(at)}::timestamptz, $${values.push(id)}::uuid)`;
    }
    const [rows, total] = await this.database.read(async (manager) => {
      // One more than a page tells whether there is a next one.
      const page = await manager.query<SummaryRow[]>(
        `SELECT ${SUMMARY_COLUMNS} FROM command_ledger l WHERE ${sql}
         ORDER BY l.updated_at DESC, l.id DESC LIMIT $${values.push(limit + 1)}`,
        values,
      );
      const [counted] = await manager.query<[{ total: number }]>(
        `SELECT count(*)::int AS total FROM command_ledger l WHERE ${matching.sql}`,
        [...matching.values],
      );
      return [page, counted.total];
    });
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return { deadLetters: page.map(toSummary), nextCursor: last ? encodeCursor(last) : null, total };
  }
}
