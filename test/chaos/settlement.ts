import { until } from '#testing';
import { Client } from 'pg';
import { pass } from '../faults/length.js';

const EXAMPLES = 5;
const LOOK_MS = 100;

/** Asks the ledger, past every proxy, whether what was accepted has ended. */
export class Settlement {
  readonly #ended = new Set<string>();

  constructor(private readonly databaseUrl: string) {}

  /** Resolves to how long it took in milliseconds. Rejects with how many have not ended when none has for `standstillMs`. */
  async of(ids: readonly string[], standstillMs: number): Promise<number> {
    const began = performance.now();
    const waiting = new Set(ids.filter((id) => !this.#ended.has(id)));
    const client = new Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      for (let left = Infinity; waiting.size < left;) {
        left = waiting.size;
        const shrinks = async () => {
          if (await this.#allEnded(client, waiting)) return true;
          // The looking itself must not keep the database busy.
          await pass(LOOK_MS);
          return waiting.size < left;
        };
        await until(shrinks, 'one more has ended', standstillMs).catch((cause: unknown) => {
          const some = [...waiting].slice(0, EXAMPLES).join(', ');
          throw new Error(`${waiting.size} of ${ids.length} accepted commands do not end: ${some}`, { cause });
        });
        if (waiting.size === 0) break;
      }
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
