import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { anOrder, JsonClient, type OperationBody, type ProblemBody } from '../product/json-client.js';
import { startSluice, type RunningSluice } from '../product/sluice.js';

describe('operations', () => {
  let sluice: RunningSluice;
  let client: JsonClient;
  let database: Client;

  beforeAll(async () => {
    sluice = await startSluice();
    client = await new JsonClient(sluice.url).ready();
    database = new Client({ connectionString: sluice.databaseUrl });
    await database.connect();
  });
  afterAll(async () => {
    await database?.end();
    await sluice?.close();
  });

  test('a settled operation tells its times, attempts and result, and asks nobody to come again', async () => {
    const { body } = await client.post<OperationBody>('/orders', anOrder());
    await client.operation(body.links.self, 'applied');
    const { status, headers, body: told } = await client.get<OperationBody>(body.links.self);
    expect([status, headers.get('retry-after')]).toEqual([200, null]);
    expect(Object.keys(told).toSorted()).toEqual(
      ['acceptedAt', 'attempts', 'durability', 'id', 'ledger', 'links', 'result', 'status', 'type'].toSorted(),
    );
    expect(Math.abs(Date.parse(told.acceptedAt!) - Date.now())).toBeLessThan(60_000);
  });

  test('one that retries tells its error and when it runs again; one behind it is parked', async () => {
    await database.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$`,
    );
    await database.query(
      `CREATE TRIGGER refuse BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.customer_id = 'retry-me')
       EXECUTE FUNCTION refuse()`,
    );
    const order = anOrder({ customerId: 'retry-me' });
    const placed = await client.post<OperationBody>('/orders', order);
    const cancelled = await client.post<OperationBody>(`/orders/${order.orderId}/cancellation`);
    const retrying = await client.operation(placed.body.links.self, 'retrying');
    expect(retrying.attempts).toBeGreaterThanOrEqual(1);
    expect(Date.parse(retrying.nextAttemptAt!)).toBeGreaterThan(0);
    expect(retrying.error?.message).toBeTruthy();
    await client.operation(cancelled.body.links.self, 'parked');
    expect((await client.get(cancelled.body.links.self)).headers.get('retry-after')).toBe('1');
    await database.query('DROP TRIGGER refuse ON orders');
    expect((await client.operation(placed.body.links.self, 'applied')).attempts).toBeGreaterThan(1);
    await client.operation(cancelled.body.links.self, 'applied');
  });

  test('an id that was never issued is 404, whatever it looks like', async () => {
    const { body } = await client.post<OperationBody>('/orders', anOrder());
    const turned = (body.id[20] === 'A' ? 'B' : 'A') + body.id.slice(21);
    const ids = [body.id.slice(0, 20) + turned, body.id.slice(1), `${body.id}A`, randomUUID(), 'x', '%00', '..%2f..'];
    for (const id of ids) {
      const { status, body: problem } = await client.get<ProblemBody>(`/operations/${id}`);
      expect([id, status]).toEqual([id, 404]);
      expect(problem.type).toBe('/problems/not-found');
      expect((await client.get(`/operations/${id}/events`)).status).toBe(404);
    }
  });

  test('an operation of before the purge mark is 410', async () => {
    const { body } = await client.post<OperationBody>('/orders', anOrder());
    await client.operation(body.links.self, 'applied');
    const { rows } = await database.query<{ table_name: string; column_name: string }>(
      `SELECT table_name, column_name FROM information_schema.columns WHERE column_name LIKE 'purged_before%'`,
    );
    const [mark] = rows;
    expect(mark).toBeDefined();
    await database.query('DELETE FROM command_ledger');
    await database.query(`UPDATE ${mark!.table_name} SET ${mark!.column_name} = now() + interval '1 minute'`);
    const { status, body: problem } = await client.get<ProblemBody>(body.links.self);
    expect([status, problem.type]).toEqual([410, '/problems/gone']);
    await database.query(`UPDATE ${mark!.table_name} SET ${mark!.column_name} = NULL`);
  });

  test('ids outlive a restart with the same secrets, and rotation', async () => {
    const [old, fresh] = ['o'.repeat(32), 'n'.repeat(32)];
    const before = await startSluice({ OPERATION_SECRETS: old });
    const { body } = await new JsonClient(before.url).post<OperationBody>('/orders', anOrder());
    await before.close();
    const after = await startSluice({ OPERATION_SECRETS: `${fresh},${old}` });
    const dropped = await startSluice({ OPERATION_SECRETS: fresh });
    try {
      expect((await new JsonClient(after.url).get(body.links.self)).status).toBe(200);
      expect((await new JsonClient(dropped.url).get(body.links.self)).status).toBe(404);
    } finally {
      await after.close();
      await dropped.close();
    }
  });
});
