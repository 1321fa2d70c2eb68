import { until, type AppProcess } from '#testing';
import { Client } from 'pg';

interface Row {
  lane: number;
  accepted: number;
  elsewhere: number;
  duplicates: number;
  entered: number;
  finals: Record<string, number>;
  states: Record<string, number> | null;
}

const FINAL_STATES = ['applied', 'rejected', 'expired', 'discarded'];

/**
 * Casts up the books by itself, when nothing waits any more and nothing has been purged, and names what does not add up: what
 * the accounts say of each lane against the lines that are there, and what gateways accepted against both.
 */
export async function falseBooks(databaseUrl: string): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(`
      SELECT a.lane, coalesce(g.accepted, 0)::float8 AS accepted, a.elsewhere::float8 AS elsewhere,
        a.duplicates::float8 AS duplicates, a.entered::float8 AS entered,
        json_build_object('applied', a.applied, 'rejected', a.rejected, 'expired', a.expired, 'discarded', a.discarded) AS finals,
        l.states
      FROM lane_account a
      LEFT JOIN (SELECT lane, sum(accepted) AS accepted FROM gateway_account GROUP BY lane) g ON g.lane = a.lane
      LEFT JOIN (
        SELECT lane, json_object_agg(state, count) AS states
        FROM (SELECT lane, state, count(*) FROM command_ledger GROUP BY lane, state) AS counted GROUP BY lane
      ) l ON l.lane = a.lane`);
    return rows.flatMap(faultsOf);
  } finally {
    await client.end();
  }
}

function faultsOf({ lane, accepted, elsewhere, duplicates, entered, finals, states }: Row): string[] {
  const lines = Object.values(states ?? {}).reduce((sum, count) => sum + count, 0);
  const faults = [];
  if (entered !== lines) faults.push(`lane ${lane}: ${entered} lines entered, ${lines} there`);
  for (const state of FINAL_STATES) {
    const [told, there] = [finals[state] ?? 0, states?.[state] ?? 0];
    if (told !== there) faults.push(`lane ${lane}: ${told} ${state} by the account, ${there} there`);
  }
  const missing = accepted + elsewhere - lines - duplicates;
  if (missing > 0) faults.push(`lane ${lane}: ${missing} accepted and not accounted for`);
  return faults;
}

type Samples = ReadonlyMap<string, number>;

/** Waits until the product itself says, in each of these processes, that its equation holds, and casts that up again. */
export async function productsBooks(processes: readonly AppProcess[], timeoutMs: number): Promise<string[]> {
  const faults: string[] = [];
  for (const { url } of processes) {
    let last: readonly string[] = ['it never told'];
    const balanced = async () => (last = imbalancesIn(await samplesOf(url))).length === 0;
    await until(balanced, `${url} says that the equation holds`, timeoutMs).catch(() =>
      faults.push(`${url} says: ${last.join(', ')}`),
    );
  }
  return faults;
}

async function samplesOf(url: string): Promise<Samples> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) });
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

function imbalancesIn(samples: Samples): string[] {
  const lanes = [...samples.keys()].flatMap((name) => /^sluice_lane_accepted\{lane="(\d+)"\}$/.exec(name)?.[1] ?? []);
  if (lanes.length === 0) return ['no lane is told'];
  const imbalances = samples.get('sluice_reconciliation_holds') === 1 ? [] : ['the equation does not hold'];
  for (const lane of lanes) {
    const value = (name: string) => samples.get(`${name}{lane="${lane}"}`) ?? 0;
    const states = [...samples].filter(([name]) => name.startsWith(`sluice_ledger_commands{lane="${lane}",`));
    const accountedFor = states.reduce((sum, [, count]) => sum + count, 0) + value('sluice_lane_duplicates');
    const [missing, surplus] = [value('sluice_reconciliation_missing'), value('sluice_reconciliation_surplus')];
    const difference =
      value('sluice_lane_accepted') + value('sluice_lane_elsewhere') - accountedFor - value('sluice_lane_waiting');
    if (difference !== missing - surplus) imbalances.push(`lane ${lane} does not add up: ${difference}`);
    if (missing > 0) imbalances.push(`lane ${lane} misses ${missing}`);
    if (value('sluice_reconciliation_stray') > 0) imbalances.push(`lane ${lane} has stray lines`);
  }
  return imbalances;
}
