import { until } from '#testing';
import { Client } from 'pg';

/** Asks the ledger, past every proxy, whether what was accepted has ended. */
export class Settlement {
  readonly #ended = new Set<string>();

  constructor(private readonly databaseUrl: string) {}

  /** Resolves to how long it took in milliseconds. Rejects with how many have not ended. */
  async of(ids: readonly string[], timeoutMs: number): Promise<number> {
    const began = performance.now();
    const waiting = new Set(ids.filter((id) => !this.#ended.has(id)));
    const client = new Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      const what = () => `${waiting.size} of ${ids.length} accepted commands have ended`;
      await until(() => this.#allEnded(client, waiting), 'all have ended', timeoutMs).catch((cause: unknown) => {
        throw new Error(`Within ${timeoutMs} ms not ${what()}: ${[...waiting].slice(0, 5).join(', ')}`, { cause });
      });
    } finally {
      await client.end();
    }
    return performance.now() - began;
  }

  async #allEnded(client: Client, waiting: Set<string>): Promise<boolean> {
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM command_ledger WHERE id = ANY($1::uuid[]) AND state NOT IN ('retrying', 'parked')`,
      [[...waiting]],
    );
    for (const { id } of rows) {
      waiting.delete(id);
      this.#ended.add(id);
    }
    return waiting.size === 0;
  }
}
