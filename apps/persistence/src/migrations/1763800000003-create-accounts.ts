import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What of each lane has been accounted for, and what gateways say that they accepted. */
export class CreateAccounts1763800000003 implements MigrationInterface {
  readonly name = 'CreateAccounts1763800000003';

  async up(runner: QueryRunner): Promise<void> {
    // Half-empty pages, so that a batch's update finds room beside the row and touches no index.
    await runner.query(`
      CREATE TABLE lane_account (
        lane integer PRIMARY KEY,
        entered bigint NOT NULL DEFAULT 0,
        applied bigint NOT NULL DEFAULT 0,
        rejected bigint NOT NULL DEFAULT 0,
        expired bigint NOT NULL DEFAULT 0,
        discarded bigint NOT NULL DEFAULT 0,
        duplicates bigint NOT NULL DEFAULT 0,
        redelivered bigint NOT NULL DEFAULT 0,
        elsewhere bigint NOT NULL DEFAULT 0
      ) WITH (fillfactor = 50)`);
    // Lines from before the accounts were accepted by gateways that report nothing.
    await runner.query(`
      INSERT INTO lane_account (lane, entered, applied, rejected, expired, discarded, elsewhere)
      SELECT lane, count(*), count(*) FILTER (WHERE state = 'applied'), count(*) FILTER (WHERE state = 'rejected'),
        count(*) FILTER (WHERE state = 'expired'), count(*) FILTER (WHERE state = 'discarded'), count(*)
      FROM command_ledger GROUP BY lane`);
    await runner.query(`
      CREATE TABLE gateway_account (
        gateway uuid NOT NULL,
        lane integer NOT NULL,
        accepted bigint NOT NULL,
        waiting bigint NOT NULL,
        reported_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (gateway, lane)
      ) WITH (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE gateway_account, lane_account`);
  }
}
