import type { QueryRunner } from 'typeorm';

import { InstallationRefused } from '../database/installation.js';
import { NO_DRAIN } from './settings.js';

export interface TransportUse {
  /** What `TRANSPORT` names. */
  readonly transport: string;
  /** What `DRAIN_FROM` names. */
  readonly drainFrom: string | undefined;
}

export interface MoveRow {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly lanes_sealed: number;
}

const lanesSealed = (move: string) =>
  `SELECT lane FROM lane_seal WHERE move_id = ${move} GROUP BY lane HAVING count(*) >= max(sealers)`;

/** The lanes that have all their seals of the move `$1`. Where sealers disagree on how many they are, the most counts. */
export const LANES_SEALED = lanesSealed('$1');

/** The move under way, or the last one, as a `MoveRow`. */
export const CURRENT_MOVE = `
  SELECT id, source, target, (SELECT count(*)::int FROM (${lanesSealed('move.id')}) sealed) AS lanes_sealed
  FROM transport_move move WHERE ended_at IS NULL`;

/**
 * Brings what the database records of moves together with what the settings of a starting process ask for, and returns the id
 * of the move that it takes part in. Starting instances take turns. Rejects with `InstallationRefused` where going on would
 * apply later commands of a key before earlier ones.
 */
export async function enterMove(runner: QueryRunner, use: TransportUse, lanes: number): Promise<string | undefined> {
  const [current] = (await runner.query(CURRENT_MOVE)) as [MoveRow?];
  const { transport, drainFrom } = use;
  if (drainFrom === undefined) {
    if (current) await leave(runner, current, use, lanes);
    return undefined;
  }
  if (drainFrom === NO_DRAIN) {
    await end(runner);
    return undefined;
  }
  if (current?.source === drainFrom && current.target === transport) return current.id;
  if (current && current.lanes_sealed < lanes) throw unfinished(current, lanes);
  await end(runner);
  const insert = `INSERT INTO transport_move (source, target) VALUES ($1, $2) RETURNING id`;
  const [created] = (await runner.query(insert, [drainFrom, transport])) as [{ id: string }];
  return created.id;
}

/**
 * A process without `DRAIN_FROM`. One on the new transport leaves a finished move as it is, since others may still start with
 * `DRAIN_FROM`; any other transport means that the installation has gone elsewhere, so that the same way later needs new seals.
 */
async function leave(runner: QueryRunner, current: MoveRow, { transport }: TransportUse, lanes: number): Promise<void> {
  const finished = current.lanes_sealed >= lanes;
  // What still runs on the old transport alone harms no order.
  if (!finished && transport !== current.source) throw unfinished(current, lanes);
  if (finished && transport !== current.target) await end(runner);
}

async function end(runner: QueryRunner): Promise<void> {
  await runner.query(`UPDATE transport_move SET ended_at = now() WHERE ended_at IS NULL`);
}

function unfinished({ source, target, lanes_sealed: sealed }: MoveRow, lanes: number): InstallationRefused {
  return new InstallationRefused(
    `A move from ${source} to ${target} is under way, with ${sealed} of ${lanes} lanes sealed. Finish it with ` +
      `DRAIN_FROM=${source} TRANSPORT=${target} and npm run seal; or set DRAIN_FROM=${NO_DRAIN} once, which gives up the order ` +
      `of what still waits in ${source}.`,
  );
}
