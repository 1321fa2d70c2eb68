import { until } from '#testing';
import { Client } from 'pg';

/**
 * Waits until batches of `instances` persistence containers have been seen in the database, by the locks of their lanes, and
 * returns which lanes each of them worked on, by its address. It takes load on all lanes.
 */
export async function lanesAtWork(databaseUrl: string, instances: number): Promise<Map<string, Set<number>>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const seen = new Map<string, Set<number>>();
  try {
    const allSeen = async () => {
      const { rows } = await client.query<{ address: string; lane: number }>(HOLDERS);
      for (const { address, lane } of rows) seen.set(address, (seen.get(address) ?? new Set()).add(lane));
      return seen.size >= instances;
    };
    await until(allSeen, `${instances} containers have worked on lanes`, 60_000);
    return seen;
  } finally {
    await client.end();
  }
}

/** A lane's lock has two keys, of which the second is the lane. */
const HOLDERS = `
  SELECT DISTINCT host(activity.client_addr) AS address, locks.objid::int AS lane
  FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
  WHERE locks.locktype = 'advisory' AND locks.objsubid = 2 AND locks.granted AND activity.client_addr IS NOT NULL
    AND activity.query NOT LIKE '%sluice.migrations%'`;
