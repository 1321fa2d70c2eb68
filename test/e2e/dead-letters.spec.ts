import { Client } from 'pg';
import { randomUUID } from 'node:crypto';
import { until } from '#testing';
import { startSluice, type RunningSluice } from '../product/sluice.js';

interface Letter {
  commandId: string;
  type: string;
  key: string;
  failureGroup: string;
  parkedBehind: number;
}
interface Page {
  deadLetters: Letter[];
  nextCursor: string | null;
  total: number;
}
interface Operation {
  status: string;
  links: { self: string };
}

/** The cause of every dead letter here: a rule that the table does not have, until an operator lifts it. */
const POISON = 'poison';

describe('dead letters', () => {
  let sluice: RunningSluice;
  let database: Client;

  beforeAll(async () => {
    sluice = await startSluice();
    await until(async () => (await fetch(`${sluice.url}/orders`)).ok, 'the tables are there');
    database = new Client({ connectionString: sluice.databaseUrl });
    await database.connect();
  });

  beforeEach(async () => {
    await liftRule();
    await database.query(`ALTER TABLE orders ADD CONSTRAINT no_poison CHECK (customer_id <> '${POISON}') NOT VALID`);
  });

  afterAll(async () => {
    await database.end();
    await sluice.close();
  });

  const liftRule = () => database.query('ALTER TABLE orders DROP CONSTRAINT IF EXISTS no_poison');
  const get = async <Body>(path: string) => (await (await fetch(sluice.url + path)).json()) as Body;

  async function post<Body>(path: string, body?: unknown): Promise<{ status: number; body: Body }> {
    const init: RequestInit = { method: 'POST' };
    if (body !== undefined)
      Object.assign(init, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    const response = await fetch(sluice.url + path, init);
    return { status: response.status, body: (await response.json()) as Body };
  }

  const place = async (orderId: string, customerId = POISON) => {
    const lines = [{ sku: 's', quantity: 1, unitPriceCents: 1 }];
    return (await post<Operation>('/orders', { orderId, customerId, currency: 'EUR', lines })).body;
  };

  const becomes = (operation: Operation, status: string) =>
    until(async () => (await get<Operation>(operation.links.self)).status === status, `the operation is ${status}`);

  async function poisoned(
    orderId: string = randomUUID(),
  ): Promise<{ operation: Operation; letter: Letter; orderId: string }> {
    const operation = await place(orderId);
    await becomes(operation, 'dead');
    const { deadLetters } = await get<Page>(`/dead-letters?key=${orderId}`);
    expect(deadLetters).toHaveLength(1);
    return { operation, letter: deadLetters[0]!, orderId };
  }

  it('are listed with what they died of, and by each filter', async () => {
    const { letter, orderId } = await poisoned();
    expect(letter).toMatchObject({ type: 'orders.place.v1', key: orderId, parkedBehind: 0 });
    const matching = `type=orders.place.v1&stream=order&key=${orderId}&failureGroup=${letter.failureGroup}&deadFrom=2020-01-01T00:00:00Z`;
    expect((await get<Page>(`/dead-letters?${matching}`)).total).toBe(1);
    for (const other of [
      'type=orders.cancel.v1',
      'stream=device',
      'failureGroup=none',
      'deadTo=2020-01-01T00:00:00Z',
    ]) {
      expect((await get<Page>(`/dead-letters?key=${orderId}&${other}`)).total).toBe(0);
    }
  });

  it('are listed page by page, each once', async () => {
    await Promise.all([poisoned(), poisoned(), poisoned()]);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await get<Page>(`/dead-letters?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.deadLetters.map(({ commandId }) => commandId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen.length).toBeGreaterThanOrEqual(3);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('are shown whole: payload, attempts with their errors, and nothing of a stack', async () => {
    const { letter, orderId } = await poisoned();
    const whole = await get<{ payload: unknown; history: unknown[]; audit: unknown[] }>(
      `/dead-letters/${letter.commandId}`,
    );
    expect(whole.payload).toMatchObject({ orderId, customerId: POISON });
    expect(whole.history.length).toBeGreaterThan(0);
    expect(whole.audit).toEqual([]);
    expect(JSON.stringify(whole)).not.toMatch(/\.js:\d+/);
  });

  it('are applied by a replay once their cause is gone, with an audit line of who asked for it', async () => {
    const { operation, letter, orderId } = await poisoned();
    await liftRule();
    const replayed = await post(`/dead-letters/${letter.commandId}/replay`, { reason: 'The rule is lifted.' });
    expect(replayed).toMatchObject({ status: 200, body: { id: letter.commandId } });
    await becomes(operation, 'applied');
    expect((await fetch(`${sluice.url}/orders/${orderId}`)).status).toBe(200);
    const { audit } = await get<{ audit: unknown[] }>(`/dead-letters/${letter.commandId}`);
    expect(audit).toMatchObject([{ action: 'replay', operator: 'anonymous', reason: 'The rule is lifted.' }]);
  });

  it('can be replayed without a body', async () => {
    const { operation, letter } = await poisoned();
    await liftRule();
    expect((await post(`/dead-letters/${letter.commandId}/replay`)).status).toBe(200);
    await becomes(operation, 'applied');
  });

  it('are dead again when the cause is still there', async () => {
    const { operation, letter } = await poisoned();
    expect((await post(`/dead-letters/${letter.commandId}/replay`)).status).toBe(200);
    await until(async () => {
      const { history } = await get<{ history: unknown[] }>(`/dead-letters/${letter.commandId}`);
      return history.length >= 2;
    }, 'it has failed again');
    await becomes(operation, 'dead');
  });

  it('are counted by a dry run and tried again by the same filter without it', async () => {
    const { operation, orderId } = await poisoned();
    await liftRule();
    const filter = { key: orderId };
    expect((await post('/dead-letters/replay', { filter, dryRun: true })).body).toEqual({
      matched: 1,
      replayed: 0,
      dryRun: true,
    });
    expect((await get<Operation>(operation.links.self)).status).toBe('dead');
    expect((await post('/dead-letters/replay', { filter })).body).toEqual({ matched: 1, replayed: 1, dryRun: false });
    await becomes(operation, 'applied');
  });

  it('release what is parked behind them when they are discarded with a reason', async () => {
    const { operation, letter, orderId } = await poisoned();
    const later = await place(orderId, 'customer-1');
    await becomes(later, 'parked');
    expect((await post(`/dead-letters/${letter.commandId}/discard`, {})).status).toBe(400);
    const discarded = await post(`/dead-letters/${letter.commandId}/discard`, { reason: 'A test.' });
    expect(discarded).toMatchObject({ status: 200, body: { state: 'discarded' } });
    await becomes(operation, 'discarded');
    await becomes(later, 'applied');
  });

  it('that are dead no more refuse a replay with 409 and say what they are', async () => {
    const { letter } = await poisoned();
    await post(`/dead-letters/${letter.commandId}/discard`, { reason: 'A test.' });
    for (const action of ['replay', 'discard']) {
      const refused = await post(`/dead-letters/${letter.commandId}/${action}`, { reason: 'Again.' });
      expect(refused).toMatchObject({ status: 409, body: { type: '/problems/conflict', state: 'discarded' } });
    }
  });

  it('that never decoded refuse a replay with 409, stay dead, and can be discarded', async () => {
    const id = randomUUID();
    await database.query(
      `INSERT INTO command_ledger (position, id, lane, state, fingerprint, accepted_at, error_code, error_message, failure_group)
       VALUES (nextval('command_ledger_position'), $1, 0, 'dead', '\\x00', now(), 'undecodable', 'No type.', 'undecodable')`,
      [id],
    );
    const refused = await post(`/dead-letters/${id}/replay`);
    expect(refused).toMatchObject({ status: 409, body: { type: '/problems/not-replayable', state: 'dead' } });
    expect(await get(`/dead-letters/${id}`)).toMatchObject({ state: 'dead', audit: [] });
    const discarded = await post(`/dead-letters/${id}/discard`, { reason: 'Its sender has been mended.' });
    expect(discarded).toMatchObject({ status: 200, body: { state: 'discarded' } });
  });

  it('that never were are 404', async () => {
    const id = randomUUID();
    expect((await fetch(`${sluice.url}/dead-letters/${id}`)).status).toBe(404);
    expect((await post(`/dead-letters/${id}/replay`)).status).toBe(404);
    expect((await post(`/dead-letters/${id}/discard`, { reason: 'x' })).status).toBe(404);
  });
});
