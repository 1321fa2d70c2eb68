import { PendingPublish } from '../pending-publish.js';
import { envelope } from '../broker-worker.fixture.js';
import { LaneOutbox } from './lane-outbox.js';

const TOPIC = 'topic';
const LANE = 3;
const PRODUCER = { id: 7n, epoch: 0 };
const ROOM = { count: 100, bytes: 10 * 1024 ** 2 };
const HOUR_MS = 3_600_000;

describe('What waits for a lane on Kafka', () => {
  let outbox: LaneOutbox;
  const pending: PendingPublish[] = [];

  beforeEach(() => (outbox = new LaneOutbox(TOPIC, LANE)));

  afterEach(() => {
    for (const one of pending.splice(0)) one.stored();
  });

  function add(count: number, bytes = 10): PendingPublish[] {
    const added = Array.from({ length: count }, () => {
      const command = envelope(LANE, { body: Buffer.alloc(bytes) });
      return new PendingPublish(
        command,
        HOUR_MS,
        () => undefined,
        () => undefined,
      );
    });
    for (const one of added) outbox.waiting.add(one);
    pending.push(...added);
    return added;
  }

  const idsOf = (some: readonly PendingPublish[] = []) => some.map(({ envelope: { id } }) => id);

  test('goes together, in the order of the calls, to its own partition', () => {
    const added = add(3);
    const batch = outbox.next(PRODUCER, ROOM)!;
    expect(idsOf(batch.pending)).toEqual(idsOf(added));
    expect(batch.records.map(({ partition, topic }) => [topic, partition])).toEqual(Array(3).fill([TOPIC, LANE]));
    expect(outbox.waiting.size).toBe(0);
  });

  test('goes in batches of few bytes, a larger body alone', () => {
    const [large, small] = [add(1, 1024 ** 2), add(1)];
    expect(idsOf(outbox.next(PRODUCER, ROOM)?.pending)).toEqual(idsOf(large));
    outbox.stored();
    expect(idsOf(outbox.next(PRODUCER, ROOM)?.pending)).toEqual(idsOf(small));
  });

  test('is numbered on by what was stored, and not by what never was', () => {
    add(2);
    expect(outbox.next(PRODUCER, ROOM)?.sequence).toBe(0);
    outbox.stored();
    add(3);
    expect(outbox.next(PRODUCER, ROOM)?.sequence).toBe(2);
    outbox.dropped();
    add(1);
    expect(outbox.next(PRODUCER, ROOM)?.sequence).toBe(2);
  });

  test('is sent again as the same as long as nobody knows whether it was stored', () => {
    add(2);
    const batch = outbox.next(PRODUCER, ROOM);
    outbox.maybeStored = true;
    outbox.again();
    add(5);
    expect(outbox.next(PRODUCER, ROOM)).toBe(batch);
    expect(outbox.producer).toBe(PRODUCER);
  });

  test('comes before what waits when it was not stored, without those who gave up', () => {
    const [first, second] = add(2);
    outbox.next(PRODUCER, ROOM);
    const [third] = add(1);
    first!.unknown('timeout', 'It took too long.');
    outbox.again();
    expect(idsOf(outbox.next(PRODUCER, ROOM)?.pending)).toEqual(idsOf([second!, third!]));
  });

  test('goes under another producer from its first number on when the numbers no longer fit', () => {
    add(2);
    outbox.next(PRODUCER, ROOM);
    outbox.stored();
    add(1);
    outbox.next(PRODUCER, ROOM);
    outbox.givenUp();
    expect(outbox.producer).toBeUndefined();
    add(1);
    const another = { id: 8n, epoch: 0 };
    expect(outbox.next(another, ROOM)).toMatchObject({ producer: another, sequence: 0 });
  });
});
