import { randomUUID } from 'node:crypto';
import { aReading, JsonClient, type OperationBody, type ProblemBody } from '../product/json-client.js';
import { startSluice, type RunningSluice } from '../product/sluice.js';

interface Operations {
  operations: OperationBody[];
}
interface Readings {
  readings: { value: number; observedAt: string; metric: string }[];
}

describe('readings', () => {
  let sluice: RunningSluice;
  let client: JsonClient;

  beforeAll(async () => {
    sluice = await startSluice();
    client = await new JsonClient(sluice.url).ready();
  });
  afterAll(() => sluice?.close());

  const wait = { prefer: 'wait=20' };
  const minute = (value: number) => `2026-11-22T09:${String(value).padStart(2, '0')}:00Z`;

  test('a recorded reading is applied and read', async () => {
    const deviceId = randomUUID();
    const { status, body } = await client.post<OperationBody>('/readings', aReading({ deviceId, value: -0.5 }));
    expect(status).toBe(202);
    await client.operation(body.links.self, 'applied');
    const { body: page } = await client.get<Readings>(`/readings?deviceId=${deviceId}`);
    expect(page.readings).toHaveLength(1);
    expect(page.readings[0]).toMatchObject({ value: -0.5, metric: 'celsius' });
  });

  test('a batch has one operation for each reading, in order, and a wait sees all applied', async () => {
    const deviceId = randomUUID();
    const batch = Array.from({ length: 25 }, (_, value) => aReading({ deviceId, value, observedAt: minute(value) }));
    const accepted = await client.post<Operations>('/readings/batch', batch);
    expect(accepted.status).toBe(202);
    expect(new Set(accepted.body.operations.map(({ id }) => id)).size).toBe(25);
    for (const { links } of accepted.body.operations) await client.operation(links.self, 'applied');

    const waited = await client.post<Operations>('/readings/batch', batch.slice(0, 3), wait);
    expect(waited.status).toBe(200);
    expect(waited.headers.get('preference-applied')).toBe('wait=20');
    expect(waited.body.operations.map((operation) => operation.status)).toEqual(['applied', 'applied', 'applied']);
  });

  test('a batch with an Idempotency-Key repeated is the same commands, by key and index', async () => {
    const deviceId = randomUUID();
    const headers = { ...wait, 'idempotency-key': `"${randomUUID()}"` };
    const batch = [1, 2, 3].map((value) => aReading({ deviceId, value, observedAt: minute(value) }));
    const first = await client.post<Operations>('/readings/batch', batch, headers);
    const second = await client.post<Operations>('/readings/batch', batch, headers);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body.operations.map(({ id }) => id)).toEqual(first.body.operations.map(({ id }) => id));
    expect((await client.get<Readings>(`/readings?deviceId=${deviceId}`)).body.readings).toHaveLength(3);
  });

  test('the key of another batch is refused with 422, and nothing of the new one is stored', async () => {
    const deviceId = randomUUID();
    const headers = { ...wait, 'idempotency-key': `"${randomUUID()}"` };
    await client.post('/readings/batch', [aReading({ deviceId, value: 1 })], headers);
    const other = [aReading({ deviceId, value: 2 }), aReading({ deviceId, value: 3 })];
    const { status, body } = await client.post<ProblemBody>('/readings/batch', other, headers);
    expect([status, body.type]).toEqual([422, '/problems/idempotency-key-reused']);
    const { body: page } = await client.get<Readings>(`/readings?deviceId=${deviceId}`);
    expect(page.readings.map(({ value }) => value)).toEqual([1]);
  });

  test('a thousand readings are one batch, a thousand and one are refused, and so is none', async () => {
    const batch = Array.from({ length: 1_001 }, () => aReading());
    expect((await client.post<Operations>('/readings/batch', batch.slice(1))).body.operations).toHaveLength(1_000);
    expect((await client.post('/readings/batch', batch)).status).toBe(400);
    expect((await client.post('/readings/batch', [])).status).toBe(400);
  });

  test('a fault in one reading refuses the batch and points into it', async () => {
    const { status, body } = await client.post<ProblemBody>('/readings/batch', [
      aReading(),
      aReading({ value: 'hot' }),
    ]);
    expect(status).toBe(400);
    expect(body.errors?.map(({ pointer }) => pointer)).toEqual(['/1/value']);
  });

  test('a device is read by metric and by time, the newest first', async () => {
    const deviceId = randomUUID();
    const batch = [1, 2, 3, 4].map((value) => aReading({ deviceId, value, observedAt: minute(value) }));
    await client.post('/readings/batch', [...batch, aReading({ deviceId, metric: 'bar', value: 9 })], wait);
    const values = async (query: string) =>
      (await client.get<Readings>(`/readings?deviceId=${deviceId}&${query}`)).body.readings.map(({ value }) => value);
    expect(await values('metric=celsius')).toEqual([4, 3, 2, 1]);
    expect(await values(`metric=celsius&from=${minute(2)}&limit=2`)).toEqual([4, 3]);
    expect(await values('metric=bar')).toEqual([9]);
  });

  test.each(['', 'deviceId=', 'deviceId=a&from=yesterday', 'deviceId=a&limit=1001', 'deviceId=a&unknown=1'])(
    'reading with "%s" is 400 with the parameter named',
    async (query) => {
      const { status, body } = await client.get<ProblemBody>(`/readings?${query}`);
      expect(status).toBe(400);
      expect(body.errors?.length).toBeGreaterThan(0);
    },
  );
});
