import { randomUUID } from 'node:crypto';
import { SealLane } from '#contracts';
import { sealOf } from '#messaging';
import { createTestDatabase } from '#testing';

import { Rejected } from '../handling/handler.js';
import { MigratedDatabase } from '../requests/migrated-database.fixture.js';
import { MoveStandingResponder } from './move-standing.responder.js';
import { SealLaneHandler } from './seal-lane.handler.js';

const LANES = 16;
let tables: MigratedDatabase;
let move: string;

beforeAll(async () => void (tables = await MigratedDatabase.of(await createTestDatabase())));
beforeEach(async () => {
  await tables.query('TRUNCATE transport_move, lane_seal');
  const insert = `INSERT INTO transport_move (source, target) VALUES ('tcp', 'rabbitmq') RETURNING id`;
  move = (await tables.query<{ id: string }>(insert))[0]!.id;
});
afterAll(() => tables?.drop());

function seal(lane: number, changes: Partial<SealLane> = {}) {
  const run = { move, lanes: LANES, sealer: 'queue', sealers: 1, deadlineMs: 1_000 };
  const { id, body } = sealOf(lane, run);
  const payload = SealLane.payload.parse({ ...JSON.parse(Buffer.from(body).toString()), ...changes });
  const command = { id, type: SealLane.type, key: SealLane.key(payload), payload, attempt: 1, acceptedAt: new Date() };
  return tables.handle((unit) => new SealLaneHandler().handle(command, unit));
}

const standing = () => new MoveStandingResponder(tables.requests).answer();

test('a seal is recorded once, and the standing tells of it', async () => {
  await seal(3);
  await seal(3);
  await seal(4, { sealer: 'spool-a', sealers: 2 });
  expect(await standing()).toEqual({
    move: {
      id: move,
      from: 'tcp',
      to: 'rabbitmq',
      lanes: LANES,
      lanesSealed: 1,
      sealers: [
        { sealer: 'queue', lanes: 1 },
        { sealer: 'spool-a', lanes: 1 },
      ],
    },
  });
});

test('where sealers disagree on how many they are, the most counts', async () => {
  await seal(5, { sealer: 'spool-a', sealers: 1 });
  await seal(5, { sealer: 'spool-b', sealers: 3 });
  expect((await standing()).move?.lanesSealed).toBe(0);
  await seal(5, { sealer: 'spool-c', sealers: 3 });
  expect((await standing()).move?.lanesSealed).toBe(1);
});

async function rejection(sealing: Promise<unknown>): Promise<string> {
  const error: unknown = await sealing.catch((reason: unknown) => reason);
  const rejected = error instanceof Error && error.cause instanceof Rejected ? error.cause : error;
  return rejected instanceof Rejected ? rejected.code : String(rejected);
}

test('one that does not know the move, or comes after its end, is rejected and seals nothing', async () => {
  expect(await rejection(seal(0, { move: randomUUID() }))).toBe('no-such-move');
  await tables.query('UPDATE transport_move SET ended_at = now()');
  expect(await rejection(seal(0))).toBe('no-such-move');
  expect(await tables.query('SELECT 1 FROM lane_seal')).toEqual([]);
  expect(await standing()).toEqual({ move: null });
});

test('one that was not in the lane that it names is rejected', async () => {
  expect(await rejection(seal(0, { lane: 1 }))).toBe('wrong-lane');
  expect(await tables.query('SELECT 1 FROM lane_seal')).toEqual([]);
});
