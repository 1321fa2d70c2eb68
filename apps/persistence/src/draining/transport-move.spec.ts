import { createTestDatabase, type TestDatabase } from '#testing';

import { Database } from '../database/database.js';
import { InstallationRefused } from '../database/installation.js';
import { enterMove } from './transport-move.js';

const LANES = 2;
let testDatabase: TestDatabase;

beforeEach(async () => void (testDatabase = await createTestDatabase()));
afterEach(() => testDatabase.drop());

/** What a process that starts with these settings takes part in. */
async function enter(transport: string, drainFrom?: string): Promise<string | undefined> {
  let move: string | undefined;
  const database = new Database({
    url: testDatabase.url,
    lanes: LANES,
    prepare: async (runner) => void (move = await enterMove(runner, { transport, drainFrom }, LANES)),
  });
  try {
    await database.open();
    return move;
  } finally {
    await database.close();
  }
}

async function seal(move: string | undefined, lanes = LANES): Promise<void> {
  const database = new Database({ url: testDatabase.url, lanes: LANES });
  await database.open();
  for (let lane = 0; lane < lanes; lane++) {
    await database.query(`INSERT INTO lane_seal (move_id, lane, sealer, sealers) VALUES ($1, $2, 'queue', 1)`, [
      move,
      lane,
    ]);
  }
  await database.close();
}

test('without a move there is nothing to take part in', async () => {
  expect(await enter('rabbitmq')).toBeUndefined();
});

test('every instance, at the same time and after a restart, takes part in the same move', async () => {
  const moves = await Promise.all([enter('rabbitmq', 'tcp'), enter('rabbitmq', 'tcp'), enter('rabbitmq', 'tcp')]);
  expect(new Set(moves).size).toBe(1);
  await seal(moves[0]);
  expect(await enter('rabbitmq', 'tcp')).toBe(moves[0]);
});

test('there and back and there again are three moves, each with seals of its own', async () => {
  const there = await enter('rabbitmq', 'tcp');
  await seal(there);
  const back = await enter('tcp', 'rabbitmq');
  await seal(back);
  const again = await enter('rabbitmq', 'tcp');
  expect(new Set([there, back, again]).size).toBe(3);
});

test('an instance that restarts late, when others run on the new transport alone, takes part in the same move', async () => {
  const move = await enter('rabbitmq', 'tcp');
  await seal(move);
  expect(await enter('rabbitmq')).toBeUndefined();
  expect(await enter('rabbitmq', 'tcp')).toBe(move);
});

test.each(['tcp', 'kafka'])(
  'a finished move ends when the installation runs on %s: the same way needs new seals',
  async (other) => {
    const move = await enter('rabbitmq', 'tcp');
    await seal(move);
    expect(await enter(other)).toBeUndefined();
    expect(await enter('rabbitmq', 'tcp')).not.toBe(move);
  },
);

test.each([
  ['the new transport alone', 'rabbitmq', undefined],
  ['the way back', 'tcp', 'rabbitmq'],
  ['a third transport', 'kafka', 'rabbitmq'],
])('%s is refused while lanes are not sealed, with the way out', async (_, transport, drainFrom) => {
  const move = await enter('rabbitmq', 'tcp');
  await seal(move, LANES - 1);
  await expect(enter(transport, drainFrom)).rejects.toThrow(InstallationRefused);
  await expect(enter(transport, drainFrom)).rejects.toThrow(
    /from tcp to rabbitmq is under way, with 1 of 2 lanes.*DRAIN_FROM=tcp TRANSPORT=rabbitmq.*DRAIN_FROM=none/,
  );
  expect(await enter('rabbitmq', 'tcp')).toBe(move);
});

test('an instance that still runs on the old transport alone may start again', async () => {
  const move = await enter('rabbitmq', 'tcp');
  expect(await enter('tcp')).toBeUndefined();
  expect(await enter('rabbitmq', 'tcp')).toBe(move);
});

test('a move that was not finished can be given up', async () => {
  const move = await enter('rabbitmq', 'tcp');
  expect(await enter('rabbitmq', 'none')).toBeUndefined();
  expect(await enter('rabbitmq')).toBeUndefined();
  expect(await enter('rabbitmq', 'tcp')).not.toBe(move);
});
