import { SealLane } from '#contracts';
import { laneOf, partitionKeyOf } from '#messaging';

import { Handles } from '../handling/decorators.js';
import { Rejected, type Command, type CommandHandler, type Unit } from '../handling/handler.js';

/**
 * Records a seal in the transaction that accounts for it, so that it is there exactly when all that came before it is. Its
 * proof is the move's id, which nobody can guess.
 */
@Handles(SealLane)
export class SealLaneHandler implements CommandHandler<typeof SealLane> {
  async handle({ key, payload }: Command<SealLane>, { manager }: Unit): Promise<void> {
    const { move, lane, sealer, sealers } = payload;
    const [found] = await manager.query<[{ lanes: number }?]>(
      `SELECT lanes FROM installation, transport_move WHERE id = $1 AND ended_at IS NULL`,
      [move],
    );
    if (!found) throw new Rejected('no-such-move', 'It belongs to no move that is under way.');
    if (laneOf(partitionKeyOf(SealLane.stream.name, key), found.lanes) !== lane) {
      throw new Rejected('wrong-lane', 'It was not in the lane that it says to seal.');
    }
    await manager.query(
      `INSERT INTO lane_seal (move_id, lane, sealer, sealers) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
      [move, lane, sealer, sealers],
    );
  }
}
