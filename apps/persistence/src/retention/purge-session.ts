import type { QueryRunner } from 'typeorm';

import type { Database } from '../database/database.js';
import { LANE_LOCK_SCHEMA_KEY } from '../database/installation.js';

/** Pages of the table that one step looks at: some thousand lines, some milliseconds. */
const STEP_PAGES = 256;

/** Whose account holds what all gateways accepted that are gone. */
const FORMER_GATEWAYS = '00000000-0000-0000-0000-000000000000';

/**
 * A purge under way: a connection of its own that holds the lock which keeps other instances from purging meanwhile. Every
 * statement commits by itself, so that no step keeps locks or old row versions for long.
 */
export class PurgeSession {
  private constructor(private readonly runner: QueryRunner) {}

  /** Undefined while another instance purges. */
  static async begin(database: Database): Promise<PurgeSession | undefined> {
    const runner = database.dataSource.createQueryRunner();
    try {
      const [row] = (await runner.query(`SELECT pg_try_advisory_lock(${LOCK}) AS locked`)) as [{ locked: boolean }];
      if (row.locked) return new PurgeSession(runner);
    } catch (error) {
      await runner.release();
      throw error;
    }
    await runner.release();
    return undefined;
  }

  /**
   * Records that lines of commands accepted before an instant are about to go: the latest that is neither after `latestMs` nor
   * after any line that still waits for a run. It never moves back. A dead letter holds nothing up, since its line stays by
   * itself, and nobody may ever look after it. Recorded first, since a delivery that comes after its line is gone must be
   * known as too old.
   */
  async mark(latestMs: number): Promise<Date> {
    const [marked] = (await this.runner.query(
      `WITH waiting AS (
         SELECT min(accepted_at) AS oldest FROM command_ledger WHERE state IN ('retrying', 'parked')
       ), marked AS (
         UPDATE installation SET purged_before =
           greatest(purged_before, least(to_timestamp($1::float8 / 1000), (SELECT oldest FROM waiting)))
         RETURNING purged_before
       ) SELECT purged_before FROM marked`,
      [latestMs],
    )) as [{ purged_before: Date }];
    return marked.purged_before;
  }

  /**
   * Resolves when every batch that may still go by the mark before has ended: it would run a command anew whose line went while
   * it was looking. Each lane is held for an instant only, one after the other.
   */
  async outlastBatches(lanes: number): Promise<void> {
    for (let lane = 0; lane < lanes; lane++) {
      await this.runner.query(`SELECT pg_advisory_xact_lock(${LANE_LOCK_SCHEMA_KEY}, $1)`, [lane]);
    }
  }

  /** Walks the table page by page, which needs no index on the acceptance that every insert would pay for. */
  async purgeLines(before: Date, stopping: AbortSignal): Promise<number> {
    const [{ pages }] = (await this.runner.query(
      `SELECT (pg_relation_size('command_ledger') / current_setting('block_size')::int)::int AS pages`,
    )) as [{ pages: number }];
    let purged = 0;
    for (let page = 0; page < pages && !stopping.aborted; page += STEP_PAGES) {
      const [, count] = (await this.runner.query(
        `DELETE FROM command_ledger WHERE ctid >= $1::tid AND ctid < $2::tid AND accepted_at < $3
           AND state IN ('applied', 'rejected', 'expired', 'discarded')`,
        [`(${page},0)`, `(${page + STEP_PAGES},0)`, before],
      )) as [unknown[], number];
      purged += count;
    }
    return purged;
  }

  /** Marks of starts whose command is no longer waiting for a run. */
  async purgeStarts(before: Date): Promise<number> {
    const [, count] = (await this.runner.query(
      `DELETE FROM command_start s WHERE s.started_at < $1
         AND NOT EXISTS (SELECT FROM command_ledger l WHERE l.id = s.id AND l.state IN ('retrying', 'parked', 'dead'))`,
      [before],
    )) as [unknown[], number];
    return count;
  }

  /**
   * Adds what gateways accepted that have long been silent to one account that stands for all of them, in one statement: whoever
   * reads the books finds the same sums before and after. Returns how many gateways it forgot.
   */
  async foldAccounts(silentSince: Date): Promise<number> {
    const [{ gateways }] = (await this.runner.query(
      `WITH gone AS (
         DELETE FROM gateway_account WHERE gateway <> $1 AND gateway NOT IN (
           SELECT gateway FROM gateway_account WHERE reported_at >= $2)
         RETURNING gateway, lane, accepted
       ), folded AS (
         INSERT INTO gateway_account AS g (gateway, lane, accepted, waiting)
         SELECT $1, lane, sum(accepted), 0 FROM gone GROUP BY lane
         ON CONFLICT (gateway, lane) DO UPDATE SET accepted = g.accepted + excluded.accepted
       ) SELECT count(DISTINCT gateway)::int AS gateways FROM gone`,
      [FORMER_GATEWAYS, silentSince],
    )) as [{ gateways: number }];
    return gateways;
  }

  /** A connection that broke has given its lock up by itself. */
  async end(): Promise<void> {
    await this.runner.query(`SELECT pg_advisory_unlock(${LOCK})`).catch(() => undefined);
    await this.runner.release();
  }
}

const LOCK = `hashtext('sluice.retention:' || current_schema()), 0`;
