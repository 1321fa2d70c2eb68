import { MoveStanding, type AnswerOf } from '#contracts';

import { Answers, type Responder } from '../handling/decorators.js';
import { RequestDatabase } from '../requests/request-database.js';
import { LANES_SEALED } from './transport-move.js';

interface MoveRow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly lanes: number;
}

@Answers(MoveStanding)
export class MoveStandingResponder implements Responder<typeof MoveStanding> {
  constructor(private readonly database: RequestDatabase) {}

  async answer(): Promise<AnswerOf<typeof MoveStanding>> {
    return this.database.read(async (manager) => {
      const [move] = await manager.query<[MoveRow?]>(
        `SELECT id, source AS "from", target AS "to", lanes FROM transport_move, installation WHERE ended_at IS NULL`,
      );
      if (!move) return { move: null };
      const sealers = await manager.query<{ sealer: string; lanes: number }[]>(
        `SELECT sealer, count(*)::int AS lanes FROM lane_seal WHERE move_id = $1 GROUP BY sealer ORDER BY sealer`,
        [move.id],
      );
      const sealed = await manager.query<{ lane: number }[]>(LANES_SEALED, [move.id]);
      return { move: { ...move, lanesSealed: sealed.length, sealers } };
    });
  }
}
