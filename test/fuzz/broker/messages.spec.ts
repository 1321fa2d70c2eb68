import { seeded, until } from '#testing';
import fc from 'fast-check';
import { Client } from 'pg';
import { JsonClient } from '../../product/json-client.js';
import { startSluice, type RunningSluice } from '../../product/sluice.js';
import { SUBJECT } from '../../product/transport-under-test.js';
import type { Outlet } from './outlets/outlet.js';

const CASES = 1_000;
const ACCOUNTED_MS_MAX = 180_000;

describe(`Whatever a program sends by ${SUBJECT}`, () => {
  const { seed } = seeded();
  let outlet: Outlet;
  let sluice: RunningSluice;

  beforeAll(async () => {
    const { openOutlet } = (await import(`./outlets/${SUBJECT}.js`)) as { openOutlet: () => Promise<Outlet> };
    outlet = await openOutlet();
    sluice = await startSluice(outlet.env);
    await new JsonClient(sluice.url).ready();
  }, 120_000);
  afterAll(async () => {
    await sluice?.close();
    await outlet?.remove();
  });

  test(`${CASES} generated messages each get a line, or are a repetition of one, and the product lives`, async () => {
    await outlet.send(fc.sample(outlet.messages, { numRuns: CASES, seed }));
    const client = new Client({ connectionString: sluice.databaseUrl });
    await client.connect();
    try {
      const accounted = async () => {
        const { rows } = await client.query<{ sum: string }>(
          `SELECT sum(entered + duplicates + redelivered) AS sum FROM lane_account`,
        );
        return Number(rows[0]?.sum) === CASES;
      };
      await until(accounted, 'every message is accounted for', ACCOUNTED_MS_MAX);
      const { rows } = await client.query(`SELECT FROM command_ledger WHERE state IN ('retrying', 'parked')`);
      expect(rows).toEqual([]);
    } finally {
      await client.end();
    }
    const { status, body: ready } = await new JsonClient(sluice.url).get('/health/ready');
    expect([status, ready['status']]).toEqual([200, 'ready']);
  }, 300_000);
});
