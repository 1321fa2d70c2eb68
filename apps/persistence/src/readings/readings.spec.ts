import { ListReadings, RecordReading, validate, type PayloadOf } from '#contracts';
import { createTestDatabase } from '#testing';

import { commandOf, MigratedDatabase } from '../requests/migrated-database.fixture.js';
import { ListReadingsResponder } from './list-readings.responder.js';
import { RecordReadingHandler } from './record-reading.handler.js';

let tables: MigratedDatabase;
let listReadings: ListReadingsResponder;

beforeAll(async () => {
  tables = await MigratedDatabase.of(await createTestDatabase());
  listReadings = new ListReadingsResponder(tables.requests);
});
beforeEach(() => tables.query('TRUNCATE readings'));
afterAll(() => tables?.drop());

function at(observedAt: string, changes: Partial<RecordReading> = {}): RecordReading {
  return { deviceId: 'boiler-7', metric: 'celsius', value: 71.5, observedAt, ...changes };
}

async function record(...readings: RecordReading[]): Promise<void> {
  const commands = readings.map((reading) => commandOf(RecordReading.type, reading));
  await tables.handle((unit) => new RecordReadingHandler().handleBatch(commands, unit));
}

async function list(filter: Partial<PayloadOf<typeof ListReadings>> = {}) {
  const page = await listReadings.answer({ deviceId: 'boiler-7', limit: 100, ...filter });
  expect(validate(ListReadings.answer, page)).toMatchObject({ valid: true });
  return page.readings;
}

test('readings come back newest first, with their microseconds and the whole range of a double', async () => {
  await record(
    at('2026-11-22T09:30:00Z', { value: -0.1 }),
    at('2026-11-22T11:30:00.000001+02:00', { value: Number.MAX_VALUE }),
    at('2026-11-22T09:29:59.5Z', { value: 5e-324, metric: '°C "x"' }),
  );
  expect(await list()).toEqual([
    at('2026-11-22T09:30:00.000001Z', { value: Number.MAX_VALUE }),
    at('2026-11-22T09:30:00Z', { value: -0.1 }),
    at('2026-11-22T09:29:59.5Z', { value: 5e-324, metric: '°C "x"' }),
  ]);
});

test('only the device and the metric asked for are listed, and no more than the limit', async () => {
  await record(at('2026-11-22T09:00:00Z'), at('2026-11-22T10:00:00Z', { metric: 'bar' }));
  await record(at('2026-11-22T11:00:00Z', { deviceId: 'boiler-8' }));
  expect(await list()).toHaveLength(2);
  expect(await list({ metric: 'bar' })).toEqual([at('2026-11-22T10:00:00Z', { metric: 'bar' })]);
  expect(await list({ limit: 1 })).toMatchObject([{ metric: 'bar' }]);
  expect(await list({ deviceId: 'boiler-9' })).toEqual([]);
});

test('from is inclusive and to is exclusive, to the microsecond', async () => {
  await record(at('2026-11-22T09:00:00.000001Z'), at('2026-11-22T09:00:00.000002Z'), at('2026-11-22T09:00:00.000003Z'));
  const found = await list({ from: '2026-11-22T09:00:00.000002Z', to: '2026-11-22T10:00:00.000003+01:00' });
  expect(found).toEqual([at('2026-11-22T09:00:00.000002Z')]);
});

test('a whole batch is one insert: one bad reading fails all of them, to be told apart by the engine', async () => {
  const bad = at('2026-11-22T09:00:00Z', { metric: 'nul \0' });
  await expect(record(at('2026-11-22T09:00:00Z'), bad)).rejects.toMatchObject({ sqlState: '22021' });
  expect(await list()).toEqual([]);
});
