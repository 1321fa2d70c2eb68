import { until } from '#testing';
import { Client } from 'pg';
import { commandIdOf } from './clients.js';
import { STANDALONE } from './entries.js';
import { startProduct, type Product } from './product.js';

const READINGS = 5_000;
const POISON = 3_141;

describe('one poison command among 5,000', () => {
  let product: Product;
  let client: Client;

  beforeAll(async () => {
    product = await startProduct(STANDALONE);
    client = new Client({ connectionString: product.databaseUrl });
    await client.connect();
    await until(() => rowsOf('SELECT 1 FROM readings LIMIT 0').then(() => true), 'the tables are there');
    await client.query(`ALTER TABLE readings ADD CONSTRAINT no_poison CHECK (metric <> 'poison')`);
  });

  afterAll(async () => {
    await client?.end();
    await product?.remove();
  });

  const rowsOf = async <Row>(statement: string, values: unknown[] = []) =>
    (await client.query(statement, values)).rows as Row[];

  const stateOf = async (id: string) =>
    (await rowsOf<{ state: string }>('SELECT state FROM command_ledger WHERE id = $1', [id]))[0]?.state;

  test('the others are applied once each, it alone is dead, and a replay applies it when its cause is gone', async () => {
    const operations = await submitReadings();
    const poisonId = commandIdOf(operations[POISON] ?? '');

    await until(async () => (await countLines()) === READINGS, 'every command has a line', 60_000);
    expect(await rowsOf('SELECT id, error_code FROM command_ledger WHERE state <> $1', ['applied'])).toHaveLength(1);
    expect(await stateOf(poisonId)).toBe('dead');
    expect(await rowsOf('SELECT 1 FROM readings')).toHaveLength(READINGS - 1);

    await client.query('ALTER TABLE readings DROP CONSTRAINT no_poison');
    const replay = await fetch(`${product.sluice.url}/dead-letters/${poisonId}/replay`, { method: 'POST' });
    expect(replay.status).toBeLessThan(300);
    await until(async () => (await stateOf(poisonId)) === 'applied', 'the replayed command is applied');
    expect(await rowsOf('SELECT 1 FROM readings')).toHaveLength(READINGS);
  }, 120_000);

  async function countLines(): Promise<number> {
    const rows = await rowsOf<{ count: string }>(
      `SELECT count(*) FROM command_ledger WHERE state NOT IN ('retrying', 'parked')`,
    );
    return Number(rows[0]?.count);
  }

  async function submitReadings(): Promise<string[]> {
    const ids: string[] = [];
    for (let first = 0; first < READINGS; first += 1_000) {
      const readings = Array.from({ length: 1_000 }, (_, index) => ({
        deviceId: `device-${index % 7}`,
        metric: first + index === POISON ? 'poison' : 'celsius',
        value: index,
        observedAt: '2026-11-22T09:30:00Z',
      }));
      const response = await fetch(`${product.sluice.url}/readings/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(readings),
      });
      expect(response.status).toBe(202);
      const body = (await response.json()) as { operations: { id: string }[] };
      ids.push(...body.operations.map(({ id }) => id));
    }
    return ids;
  }
});
