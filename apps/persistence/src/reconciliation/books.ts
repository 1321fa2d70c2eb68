import type { RequestDatabase } from '../requests/request-database.js';
import type { LaneBooks } from './equation.js';

/** A gateway that has been silent for longer is gone, and what it saw waiting says nothing of now. In seconds. */
const SILENT_S = 10;

export interface ReportedLane {
  readonly accepted: number;
  readonly waiting: number;
}

/** Replaces what a gateway said before. Totals never sink, in whatever order reports arrive. */
export async function keepReport(
  database: RequestDatabase,
  gateway: string,
  lanes: readonly ReportedLane[],
): Promise<void> {
  await database.read((manager) =>
    manager.query(
      `INSERT INTO gateway_account AS g (gateway, lane, accepted, waiting)
       SELECT $1, number - 1, accepted, waiting
       FROM UNNEST($2::bigint[], $3::bigint[]) WITH ORDINALITY AS l (accepted, waiting, number)
       ON CONFLICT (gateway, lane) DO UPDATE SET
         accepted = greatest(g.accepted, excluded.accepted), waiting = excluded.waiting, reported_at = now()`,
      [gateway, lanes.map((lane) => lane.accepted), lanes.map((lane) => lane.waiting)],
    ),
  );
}

/** Indexed by lane. */
export async function readReports(database: RequestDatabase, lanes: number): Promise<ReportedLane[]> {
  return database.read((manager) =>
    manager.query<ReportedLane[]>(
      `SELECT coalesce(sum(accepted), 0)::float8 AS accepted,
         coalesce(sum(waiting) FILTER (WHERE reported_at > now() - interval '${SILENT_S} seconds'), 0)::float8 AS waiting
       FROM generate_series(0, $1::int - 1) AS lanes (number) LEFT JOIN gateway_account ON lane = number
       GROUP BY number ORDER BY number`,
      [lanes],
    ),
  );
}

export type LedgerBooks = Omit<LaneBooks, 'accepted' | 'waiting'>;

type LedgerRow = Omit<LedgerBooks, 'states'> & LedgerBooks['states'];

/** One snapshot of what the ledger has of each lane. Counts the lines that are not final by their index. */
export async function readLedger(database: RequestDatabase, lanes: number): Promise<LedgerBooks[]> {
  const rows = await database.read((manager) =>
    manager.query<LedgerRow[]>(
      `SELECT number AS lane, coalesce(entered, 0)::float8 AS entered, coalesce(applied, 0)::float8 AS applied,
         coalesce(rejected, 0)::float8 AS rejected, coalesce(expired, 0)::float8 AS expired,
         coalesce(discarded, 0)::float8 AS discarded, coalesce(duplicates, 0)::float8 AS duplicates,
         coalesce(redelivered, 0)::float8 AS redelivered, coalesce(elsewhere, 0)::float8 AS elsewhere,
         coalesce(retrying, 0)::float8 AS retrying, coalesce(parked, 0)::float8 AS parked,
         coalesce(dead, 0)::float8 AS dead, coalesce(due, 0)::float8 AS due
       FROM generate_series(0, $1::int - 1) AS lanes (number)
       LEFT JOIN lane_account a ON a.lane = number
       LEFT JOIN (
         SELECT lane, count(*) FILTER (WHERE state = 'retrying') AS retrying,
           count(*) FILTER (WHERE state = 'parked') AS parked, count(*) FILTER (WHERE state = 'dead') AS dead,
           count(*) FILTER (WHERE state = 'retrying' AND due_at <= now()) AS due
         FROM command_ledger WHERE state IN ('retrying', 'parked', 'dead') GROUP BY lane) AS open ON open.lane = number
       ORDER BY number`,
      [lanes],
    ),
  );
  return rows.map(({ applied, rejected, retrying, parked, dead, expired, discarded, ...rest }) => ({
    ...rest,
    states: { applied, rejected, retrying, parked, dead, expired, discarded },
  }));
}
