import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Moves to another transport, and the seals that say how far each lane of the old one has been accounted for. */
export class CreateTransportMoves1763800000002 implements MigrationInterface {
  readonly name = 'CreateTransportMoves1763800000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE transport_move (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        source text NOT NULL,
        target text NOT NULL CHECK (target <> source),
        started_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz
      )`);
    await runner.query(`CREATE UNIQUE INDEX transport_move_current ON transport_move ((true)) WHERE ended_at IS NULL`);
    await runner.query(`
      CREATE TABLE lane_seal (
        move_id uuid NOT NULL REFERENCES transport_move,
        lane integer NOT NULL,
        sealer text NOT NULL,
        sealers integer NOT NULL,
        sealed_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (move_id, lane, sealer)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE lane_seal, transport_move`);
  }
}
