import { seeded, until } from '#testing';
import { Client } from 'pg';
import { Clients, commandIdOf } from './clients.js';
import { startProduct, type Product } from './product.js';
import { reckon } from './reckoning.js';

const READINGS = 5_000;
const POISON = 3_141;

describe('one poison command among 5,000', () => {
  let product: Product;
  let client: Client;

  beforeAll(async () => {
    product = await startProduct();
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

  const linesOf = (ids: string[], states: string[]) =>
    rowsOf<{ id: string }>('SELECT id FROM command_ledger WHERE id = ANY($1::uuid[]) AND state = ANY($2)', [
      ids,
      states,
    ]);

  test('the others are applied once each, it alone is dead, and a replay applies it when its cause is gone', async () => {
    const clients = new Clients(product.url, seeded(), { clients: 4, pauseMs: 20 });
    clients.start();
    const ids = (await submitReadings()).map(commandIdOf);
    const poisonId = ids[POISON] ?? '';
    const ended = ['applied', 'rejected', 'dead', 'expired', 'discarded'];
    await until(async () => (await linesOf(ids, ended)).length === READINGS, 'every command has ended', 60_000);
    await clients.stop();

    expect(await linesOf(ids, ['dead'])).toEqual([{ id: poisonId }]);
    expect(await linesOf(ids, ['applied'])).toHaveLength(READINGS - 1);
    expect(await effectsOf(ids)).toHaveLength(READINGS - 1);
    const reckoning = await reckon(product.databaseUrl, clients);
    expect(reckoning.accepted).toBeGreaterThan(0);
    expect(clients.faults).toEqual([]);
    expect(reckoning).toMatchObject({ missing: [], wrong: [], effects: [], attemptsBurnt: [] });

    await client.query('ALTER TABLE readings DROP CONSTRAINT no_poison');
    const replay = await fetch(`${product.url}/dead-letters/${poisonId}/replay`, { method: 'POST' });
    expect(replay.status).toBe(200);
    await until(async () => (await linesOf([poisonId], ['applied'])).length === 1, 'the replayed command is applied');
    expect(await effectsOf(ids)).toHaveLength(READINGS);
  }, 180_000);

  function effectsOf(ids: string[]): Promise<unknown[]> {
    return rowsOf('SELECT command_id FROM readings WHERE command_id = ANY($1::uuid[])', [ids]);
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
      const response = await fetch(`${product.url}/readings/batch`, {
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
