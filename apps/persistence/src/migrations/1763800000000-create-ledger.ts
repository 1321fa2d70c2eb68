import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The ledger and what belongs to it. Names are unqualified: they live in the first schema of the search path. */
export class CreateLedger1763800000000 implements MigrationInterface {
  readonly name = 'CreateLedger1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE installation (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        lanes integer NOT NULL CHECK (lanes > 0),
        purged_before timestamptz,
        probed_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`CREATE SEQUENCE command_ledger_position CACHE 1`);
    await runner.query(`
      CREATE TABLE command_ledger (
        id uuid PRIMARY KEY,
        position bigint NOT NULL,
        lane integer NOT NULL,
        state text NOT NULL
          CHECK (state IN ('applied', 'rejected', 'retrying', 'parked', 'dead', 'expired', 'discarded')),
        type text,
        stream text,
        key text,
        fingerprint bytea NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        arrivals integer NOT NULL DEFAULT 1,
        accepted_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz,
        expires_at timestamptz,
        unavailable_since timestamptz,
        error_code text,
        error_message text,
        failure_group text,
        result jsonb,
        history jsonb,
        payload bytea,
        headers jsonb,
        source text,
        external_id text,
        principal text,
        trace_parent text
      )`);
    await runner.query(`CREATE INDEX command_ledger_due ON command_ledger (lane, due_at) WHERE due_at IS NOT NULL`);
    await runner.query(`
      CREATE INDEX command_ledger_blocking ON command_ledger (stream, key, position)
      WHERE state IN ('retrying', 'parked', 'dead')`);
    await runner.query(`CREATE INDEX command_ledger_dead ON command_ledger (updated_at, id) WHERE state = 'dead'`);
    await runner.query(`
      CREATE TABLE command_start (
        id uuid PRIMARY KEY,
        starts integer NOT NULL DEFAULT 1,
        instance text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE ledger_audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        command_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        operator text NOT NULL,
        action text NOT NULL CHECK (action IN ('replay', 'discard')),
        reason text
      )`);
    await runner.query(`CREATE INDEX ledger_audit_command ON ledger_audit (command_id, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ledger_audit, command_start, command_ledger, installation`);
    await runner.query(`DROP SEQUENCE command_ledger_position`);
  }
}
