import { sealOf } from '#messaging';
import { seeded, until } from '#testing';

import type { Database } from '../database/database.js';
import { commandOf, keyOf, LANES, MoveFixture, type Instance } from './moves.fixture.js';
import { SealBoard } from './seal-board.js';

let fixture: MoveFixture;

beforeEach(async () => void (fixture = await MoveFixture.create()));
afterEach(() => fixture.drop());

const lanes = Array.from({ length: LANES }, (_, lane) => lane);

/** Commands of a key in order: what was sent, and what the ledger's effects say. */
async function actsOf(key: string): Promise<string[]> {
  return (await fixture.effects()).filter((row) => row.key === key).map(({ act }) => act);
}

/** Publishes `count` commands of each key, numbered on from `from`. */
async function publish(to: MoveFixture['old'], keys: readonly string[], from: number, count: number): Promise<void> {
  const gateway = await fixture.gatewayOn(to);
  for (let number = from; number < from + count; number++) {
    await Promise.all(keys.map((key) => gateway.publish(commandOf(key, String(number)), 5_000)));
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => String(number));

/** A lane's commands on the new queue wait for the seal; the ones on the old run at once. */
test('the new queue waits until the old one is applied up to its seals, lane by lane', async () => {
  const { move, board } = await fixture.start();
  const [first, second] = [keyOf(0), keyOf(1)];
  await publish(fixture.old, [first, second], 0, 3);
  await publish(fixture.next, [first, second], 3, 3);
  await fixture.applied(6);
  const gateway = await fixture.gatewayOn(fixture.old);
  const run = { move, lanes: LANES, sealer: 'queue', sealers: 1, deadlineMs: 5_000 };
  await gateway.publish(sealOf(0, run), 5_000);
  await fixture.applied(9);
  expect(await actsOf(first)).toEqual(numbers(6));
  expect(await actsOf(second)).toEqual(numbers(3));
  expect([board.count, board.complete]).toEqual([1, false]);
  await fixture.seal(move);
  await fixture.applied(12);
  expect(await actsOf(second)).toEqual(numbers(6));
  await until(() => board.complete, 'every lane is known to be sealed');
});

interface Scene {
  readonly keys: readonly string[];
  readonly eachOld: number;
  readonly eachNew: number;
}

/** Old commands, a seal, new commands, all there before anybody consumes: what happens is up to the instances. */
async function fill({ keys, eachOld, eachNew }: Scene, move: string): Promise<void> {
  await publish(fixture.old, keys, 0, eachOld);
  await fixture.seal(move);
  await publish(fixture.next, keys, eachOld, eachNew);
}

async function expectOrder({ keys, eachOld, eachNew }: Scene): Promise<void> {
  const total = eachOld + eachNew;
  await fixture.applied(keys.length * total);
  const effects = await fixture.effects();
  for (const key of keys) {
    expect(effects.filter((row) => row.key === key).map(({ act }) => act)).toEqual(numbers(total));
  }
}

const scene: Scene = { keys: lanes.flatMap((lane) => [keyOf(lane)]).concat('x', 'y', 'z'), eachOld: 40, eachNew: 20 };

test('every key keeps its order across the move, and nothing is lost or doubled, with two instances', async () => {
  const one = await fixture.start();
  const other = await fixture.start();
  expect(other.move).toBe(one.move);
  await fill(scene, one.move);
  await expectOrder(scene);
  await until(() => one.board.complete && other.board.complete, 'both instances know of all seals');
});

test('instances that end in the middle, by order or by a crash, change neither order nor count', async () => {
  const random = seeded();
  const running: Instance[] = [await fixture.start()];
  const filled = fill(scene, running[0]!.move);
  for (let turn = 0; turn < 6; turn++) {
    const seen = (await fixture.effects()).length;
    await until(
      async () => (await fixture.effects()).length >= Math.min(seen + 10, 400),
      'some more effects are there',
    );
    const ending = running.shift();
    running.push(await fixture.start());
    await (random.next() < 0.5 ? ending?.stop() : ending?.kill());
  }
  await filled;
  await expectOrder(scene);
  expect(await fixture.effects()).toHaveLength(scene.keys.length * 60);
});

class OpenBoard extends SealBoard {
  override has(): boolean {
    return true;
  }
}

test('planted: a lane that is opened before its seal breaks the order, and the tests would see it', async () => {
  const { move } = await fixture.start({ board: (database: Database) => new OpenBoard(database) });
  const [first, second] = [keyOf(0), keyOf(1)];
  const gateway = await fixture.gatewayOn(fixture.old);
  await gateway.publish(sealOf(0, { move, lanes: LANES, sealer: 'queue', sealers: 1, deadlineMs: 5_000 }), 5_000);
  await publish(fixture.next, [first, second], 1, 1);
  await fixture.applied(2);
  await publish(fixture.old, [second], 0, 1);
  await fixture.applied(3);
  expect(await actsOf(second)).toEqual(['1', '0']);
});

test('with one spool per gateway a lane waits for the seal of each', async () => {
  const { move, board } = await fixture.start();
  await publish(fixture.next, [keyOf(0)], 0, 1);
  await fixture.seal(move, { sealer: 'spool-a', sealers: 2 });
  await fixture.seal(move, { sealer: 'spool-a', sealers: 2 });
  await until(
    async () => (await fixture.database.query('SELECT 1 FROM lane_seal')).length === LANES,
    'the first gateway is sealed',
  );
  await board.look();
  expect([board.count, await fixture.effects()]).toEqual([0, []]);
  await fixture.seal(move, { sealer: 'spool-b', sealers: 2 });
  await fixture.applied(1);
});

test('what arrives after a seal is applied, and counted', async () => {
  const { move, board, report } = await fixture.start();
  await fixture.seal(move);
  await until(() => board.complete, 'all lanes are sealed');
  await publish(fixture.old, [keyOf(2)], 0, 3);
  await fixture.applied(3);
  await until(() => report.late >= 3, 'the late ones are counted');
  expect(report.late).toBe(3);
});

test('a queue that only this process published to is sealed by itself', async () => {
  await publish(fixture.old, [keyOf(3)], 0, 2);
  await publish(fixture.next, [keyOf(3)], 2, 2);
  const { board } = await fixture.start({ sealsItself: true });
  await fixture.applied(4);
  await until(() => board.complete, 'all lanes are sealed');
  expect(await actsOf(keyOf(3))).toEqual(numbers(4));
});

test('an outage of the database in the middle is waited out', async () => {
  const { move, engine } = await fixture.start();
  await publish(fixture.next, [keyOf(1)], 2, 2);
  engine.breaker.trip();
  await publish(fixture.old, [keyOf(1)], 0, 2);
  await fixture.seal(move);
  await fixture.applied(4);
  expect(await actsOf(keyOf(1))).toEqual(numbers(4));
});
