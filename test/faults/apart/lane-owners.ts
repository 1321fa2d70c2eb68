import { Client } from 'pg';

/** A lane's lock has two keys, of which the second is the lane. */
const HOLDERS = `
  SELECT DISTINCT activity.application_name AS instance, locks.objid::int AS lane
  FROM pg_locks AS locks JOIN pg_stat_activity AS activity USING (pid)
  WHERE locks.locktype = 'advisory' AND locks.objsubid = 2 AND locks.granted
    AND locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND activity.application_name LIKE 'sluice-persistence %' AND activity.query NOT LIKE '%sluice.migrations%'`;

/** Which lanes each persistence process has been seen at work on, by the locks that its batches hold while load runs. */
export class LaneOwners {
  readonly #client: Client;
  #lanes = new Map<string, Set<number>>();

  private constructor(client: Client) {
    this.#client = client;
  }

  static async watch(databaseUrl: string): Promise<LaneOwners> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    return new LaneOwners(client);
  }

  /** How many lanes each process was seen at, since the last `forget`, the busiest first. */
  get spread(): number[] {
    return [...this.#lanes.values()].map(({ size }) => size).toSorted((one, other) => other - one);
  }

  /** Looks once more. */
  async look(): Promise<this> {
    const { rows } = await this.#client.query<{ instance: string; lane: number }>(HOLDERS);
    for (const { instance, lane } of rows) {
      this.#lanes.set(instance, (this.#lanes.get(instance) ?? new Set()).add(lane));
    }
    return this;
  }

  forget(): void {
    this.#lanes = new Map();
  }

  async end(): Promise<void> {
    await this.#client.end();
  }
}
