import { seeded, until } from '#testing';
import { Client } from 'pg';
import { Clients } from './clients.js';
import { ENTRIES_WITH_KILLER } from './entries.js';
import { startProduct, type Product } from './product.js';
import { reckon } from './reckoning.js';
import { KILLER } from './killer.js';

const KILLER_ORDER = 20;

describe('a handler that kills its process', () => {
  let product: Product;
  let going = true;
  let starts = 0;
  let supervisor: Promise<void>;

  beforeAll(async () => {
    product = await startProduct({ entries: ENTRIES_WITH_KILLER });
    supervisor = supervise();
  });

  afterAll(async () => {
    going = false;
    await product?.remove();
    await supervisor;
  });

  /** Starts the process again whenever it ends, as every deployment does. */
  async function supervise(): Promise<void> {
    const [persistence] = product.persistences;
    while (going && persistence) {
      await persistence.ended();
      if (!going) return;
      starts++;
      await persistence.start().catch(() => undefined);
    }
  }

  test('is dead, reason crashed, when it has ended three; every other command is applied once, in order', async () => {
    const clients = new Clients(product.url, seeded(), {
      clients: 4,
      pauseMs: 50,
      customerId: (order) => (order === KILLER_ORDER ? KILLER : 'customer'),
    });
    clients.start();
    const dead = await until(deadLetter, 'the killer is a dead letter', 120_000);
    await clients.stop();

    const told = clients.told.filter(({ orderId }) => orderId !== dead.key);
    const reckoning = await reckon(product.databaseUrl, { told, readings: clients.readings });
    expect(dead).toMatchObject({ error_code: 'crashed', attempts: 0 });
    // The first start of all may have gone unmarked, since only what may have run before is run with care.
    expect([3, 4]).toContain(starts);
    expect(clients.faults).toEqual([]);
    expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });
  }, 240_000);

  async function deadLetter(): Promise<DeadLine | undefined> {
    const client = new Client({ connectionString: product.databaseUrl });
    await client.connect();
    try {
      const lines = await client.query<DeadLine>(
        `SELECT key, error_code, attempts FROM command_ledger WHERE state = 'dead'`,
      );
      return lines.rows[0];
    } finally {
      await client.end();
    }
  }
});

interface DeadLine {
  readonly key: string;
  readonly error_code: string;
  readonly attempts: number;
}
